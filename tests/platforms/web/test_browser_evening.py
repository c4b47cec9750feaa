"""A long session with the real program and the bundled model: no message is ever lost."""

import asyncio
import json
import os
import signal
from base64 import b64encode
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Page, expect

from tests.free_port import free_port
from tests.library.cards.card_builder import v2
from tests.platforms.web.browser import ask, expect_said, idle, open_browser, open_page, replies, said, say
from tests.platforms.web.test_browser_gallery import DROP
from tests.platforms.web.test_browser_killed import WRITTEN, program

pytestmark = [pytest.mark.browser, pytest.mark.slow]
CARD = {"name": "Wren", "description": "{{char}} keeps a lighthouse.", "first_mes": "The lamp is lit. Come in!",
        "alternate_greetings": ["You again? Sit down."]}  # fmt: skip
LONG = "Tell me a story. -min_tokens=900 -max_tokens=900"
LAST = "And then? -min_tokens=900 -max_tokens=900"


class Evening:
    """The session so far. ``spoken``: all messages, each of which must be found on some branch at the end."""

    def __init__(self, page: Page, home: str) -> None:
        self.page, self.home = page, home
        self.spoken: list[str] = []

    async def get(self, path: str, **query: str) -> Any:
        answer = await self.page.request.get(f"{self.home}api/{path}", params={"c": self.conversation, **query})
        return await answer.json()

    @property
    def conversation(self) -> str:
        return self.page.url.rpartition("/")[2]

    async def ask(self, text: str) -> str:
        self.spoken.append(text)
        await ask(self.page, text)
        return (await replies(self.page))[-1]

    async def press(self, action: str, where: str = ".exchange.last") -> None:
        await self.page.click(f"{where} [data-action={action}]")
        await idle(self.page)

    async def import_card(self) -> None:
        await self.page.click("#sidebar a[href='#/characters']")
        await self.page.wait_for_selector(".gallery")
        data = b64encode(json.dumps(v2(CARD)).encode()).decode()
        await self.page.evaluate(DROP, [".gallery", [["wren.json", data]]])
        await self.page.click(".tile[href='#/characters/wren']")
        await self.page.click("#begin")
        await expect(self.page.locator(".reply .text")).to_have_text("The lamp is lit. Come in!")

    async def swipe_the_greeting(self) -> None:
        await self.press("right")
        await expect(self.page.locator(".reply .text")).to_have_text("You again? Sit down.")
        await self.press("left")
        await expect(self.page.locator(".place")).to_have_text("1/2")

    async def talk(self) -> None:
        first = await self.ask("Good evening! My name is Mira.")
        await self.press("again")
        await expect(self.page.locator(".exchange.last .place")).to_have_text("2/2")
        await self.press("left")
        await expect(self.page.locator(".exchange.last .reply .text")).to_have_text(first)
        await self.ask("What do you see out there?")

    async def edit(self) -> None:
        """Edit one's own message, which starts a branch, then the answer to it."""
        await self.page.click(".exchange.last [data-action=edit-own]")
        await self.page.fill(".editor textarea", "What do you hear out there?")
        await self.page.click(".editor .strong")
        await idle(self.page)
        self.spoken.append("What do you hear out there?")
        await expect(self.page.locator(".said").last).to_contain_text("hear")
        await self.page.click(".exchange.last [data-action=edit]")
        await self.page.fill(".editor textarea", "Only the wind, and the gulls.")
        await self.page.click(".editor .strong")
        await expect(self.page.locator(".reply .text").last).to_have_text("Only the wind, and the gulls.")

    async def go_back_in_the_tree(self) -> None:
        await self.page.click("#tree-button")
        await self.page.get_by_role("treeitem", name="What do you see").locator(".target").click()
        await self.page.click("[data-action=tree-go]")
        await expect(self.page.locator(".said").last).to_contain_text("see out there")

    async def play_a_scene(self) -> None:
        await self.page.click("#new")
        await self.page.wait_for_selector("#empty")
        await self.page.click("#sidebar a[href='#/stage']")
        script = b"Ann: Who is there?\n\nBen: It is me, with the letter."
        file = {"name": "storm.txt", "mimeType": "text/plain", "buffer": script}
        await self.page.set_input_files(".stage .file input", files=file)  # type: ignore[arg-type]
        await expect(self.page.locator(".scene-line")).to_have_count(2)
        await self.page.check("[value=whisper]")
        await self.page.select_option("#stage-who", "Ben")
        await self.page.fill("#stage-words", "The key is under the mat.")
        await self.page.keyboard.press("Enter")
        await expect(self.page.locator(".mark", has_text="heard by Ben")).to_be_visible()
        await self.page.check("[value=speak]")
        await self.page.select_option("#stage-who", "Ann")
        await expect(self.page.locator("#stage-send")).to_be_enabled()
        await self.page.click("#stage-send")
        await self.page.click("[data-do=accept]")
        await expect(self.page.locator(".scene-line.waits")).to_have_count(0)
        async with self.page.expect_download() as started:
            await self.page.click("[data-form=text]")
        path = await (await started.value).path()
        printed = await asyncio.to_thread(Path(path).read_text, "utf-8")
        assert all(words in printed for words in ("Who is there?", "with the letter.", "under the mat"))

    async def reload_in_the_middle(self, talk: str) -> None:
        await self.page.goto(f"{self.home}#/talk/{talk}")
        await self.page.locator(".said").first.wait_for()
        before = await said(self.page)
        self.spoken.append(LONG.partition(" -")[0])
        await say(self.page, LONG)
        text = self.page.locator(".running .reply .text")
        await expect(text).to_have_text(WRITTEN)
        read = (await text.inner_text()).strip()
        await self.page.reload()
        await expect(text).to_contain_text(read[:20])
        await self.page.click("#send.stop")
        await idle(self.page)
        await expect_said(self.page, [*before, self.spoken[-1]])
        await expect(self.page.locator(".reply .text").last).to_contain_text(read[:20])

    async def find_everything(self) -> None:
        """Check that every message is on some branch, and that this branch is in order."""
        turns = (await self.get("tree"))["turns"]
        inputs = [turn["input"] for turn in turns]
        assert [text for text in self.spoken if not any(text in one for one in inputs)] == []
        assert all(turn["output"] for turn in turns if turn["input"])
        outputs = [turn["output"].strip() for turn in turns]
        assert "Only the wind, and the gulls." in outputs


async def test_a_whole_evening(tmp_path: Path) -> None:
    port = free_port()
    home = f"http://127.0.0.1:{port}/"
    async with open_browser() as browser, AsyncExitStack() as pages:
        async with program(tmp_path, port) as process:
            page = await pages.enter_async_context(open_page(browser, home))
            page.errors_expected = True  # type: ignore[attr-defined]
            evening = Evening(page, home)
            await evening.import_card()
            await evening.swipe_the_greeting()
            await evening.talk()
            await evening.edit()
            await evening.go_back_in_the_tree()
            talk = evening.conversation
            await evening.play_a_scene()
            await evening.reload_in_the_middle(talk)
            before = await said(page), await replies(page)
            await say(page, LAST)
            evening.spoken.append("And then?")
            await expect(page.locator(".running .reply .text")).to_have_text(WRITTEN)
            os.kill(process.pid, signal.SIGKILL)
            await process.wait()
            await expect(page.locator("#connection.lost")).to_be_visible()
            await expect(page.locator(".said").last).to_contain_text("And then?")
        async with program(tmp_path, port):
            await expect(page.locator("#connection.lost")).to_have_count(0)
            await page.reload()
            await page.locator(".retry").wait_for()
            await expect_said(page, [*before[0], LAST])
            assert (await replies(page))[: len(before[1])] == before[1]
            await page.click(".retry")
            await expect(page.locator(".running .reply .text")).to_have_text(WRITTEN)
            await page.click("#send.stop")
            await idle(page)
            await expect_said(page, [*before[0], "And then?"])
            await evening.find_everything()
            await pages.aclose()
