"""The gallery in a real browser: cards are dropped, viewed, changed, tried out, exported, played and deleted."""

import asyncio
import json
import os
import re
from base64 import b64encode
from pathlib import Path

import pytest
from playwright.async_api import FilePayload, Page, Request, Route, expect

from bot.library.cards.card_reader import read_card
from tests.library.cards.card_builder import packed, png, text, v2
from tests.platforms.web.browser import open_page
from tests.platforms.web.stage import Stage
from tests.platforms.web.stage import page as page
from tests.platforms.web.stage import stage as stage

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]
PICTURES = os.environ.get("ROOST_SCREENSHOTS", "")  # a folder to inspect
TOCK = {
    "name": "Tock", "description": "{{char}} is a clock.", "first_mes": "Tick, {{user}}.", "strange": {"kept": [1]},
    "alternate_greetings": "Tack.", "tags": ["brass"],
    "character_book": {"entries": [{"keys": ["key"], "content": "The key is lost.", "extensions": {}}]},
}  # fmt: skip
DROP = """([selector, files]) => {
  const transfer = new DataTransfer();
  for (const [name, data] of files) {
    const bytes = Uint8Array.from(atob(data), (character) => character.charCodeAt(0));
    transfer.items.add(new File([bytes], name));
  }
  const target = document.querySelector(selector);
  const options = {dataTransfer: transfer, bubbles: true, cancelable: true};
  for (const type of ["dragover", "drop"]) target.dispatchEvent(new DragEvent(type, options));
}"""


async def shot(page: Page, name: str) -> None:
    if PICTURES:
        await page.screenshot(path=Path(PICTURES) / f"{name}.png")


async def open_gallery(page: Page) -> None:
    await page.click("#sidebar a[href='#/characters']")
    await page.wait_for_selector(".tiles")


async def import_tock(page: Page) -> None:
    card = json.dumps(v2(TOCK)).encode()
    file: FilePayload = {"name": "tock.json", "mimeType": "application/json", "buffer": card}
    await page.set_input_files("#cards", file)
    await page.wait_for_selector(".tile[href='#/characters/tock']")


async def test_cards_are_dropped_and_wrong_ones_told(page: Page) -> None:
    await open_gallery(page)
    await expect(page.locator(".tile .name")).to_have_text(["Mira"])
    good = png(text("chara", packed(v2({"name": "Ada", "first_mes": "Hello.", "description": "x"}))))
    files = [("ada.png", good), ("empty.png", png()), ("notes.txt", b"no card")]

    await page.evaluate(DROP, [".gallery", [[name, b64encode(data).decode()] for name, data in files]])
    await expect(page.locator(".report li")).to_have_count(2)
    await expect(page.locator(".report li.failed")).to_contain_text("contains no character card")
    await expect(page.locator(".tile .name")).to_have_text(["Ada", "Mira"])
    await shot(page, "gallery")
    await page.fill(".gallery-head .box", "ADA")
    await expect(page.locator(".tile .name")).to_have_text(["Ada"])
    await page.fill(".gallery-head .box", "nobody")
    await expect(page.locator(".loading")).to_have_text("No character matches.")


async def test_a_card_is_changed_and_its_text_seen_at_once(page: Page, tmp_path: Path) -> None:
    await open_gallery(page)
    await import_tock(page)
    await page.click(".tile[href='#/characters/tock']")
    await expect(page.locator(".read")).to_have_text("Tock is a clock.\n\nTock: Tick, User.")
    await expect(page.locator("#save-card")).to_be_disabled()
    await page.fill("[name=description]", "{{char}} is a robot.")
    await expect(page.locator(".read")).to_contain_text("Tock is a robot.")
    await page.click("#add-greeting")
    await page.fill("[name=greeting-2]", "You again?")
    await page.locator("[data-action=first]").nth(1).click()
    await expect(page.locator("[name=greeting-0]")).to_have_value("You again?")
    await page.fill("#said", "where is the key?")
    await expect(page.locator(".fired li")).to_contain_text("The key is lost.")
    await page.click("#add-entry")
    await page.click("[data-entry='1'] summary")
    await page.fill("[data-entry='1'] [name=keys]", "robot\nclock")
    await page.fill("[data-entry='1'] [name=content]", "It never sleeps.")
    await page.fill("#said", "what a ROBOT")
    await expect(page.locator(".fired li")).to_contain_text("It never sleeps.")
    await shot(page, "editor")
    await page.click("#save-card")
    await expect(page.locator("#announcer")).to_have_text("Saved")
    await expect(page.locator("#save-card")).to_be_disabled()
    await page.reload()
    await expect(page.locator("[name=description]")).to_have_value("{{char}} is a robot.")
    async with page.expect_download() as download:
        await page.click(".exports summary")
        await page.click("[data-export=json-v2]")
    await (await download.value).save_as(tmp_path / "tock.json")
    data = read_card((tmp_path / "tock.json").read_bytes()).data
    assert data["alternate_greetings"] == ["Tick, {{user}}.", "Tack."]
    assert data["first_mes"] == "You again?"
    assert data["strange"] == {"kept": [1]}
    assert [entry["keys"] for entry in data["character_book"]["entries"]] == [["key"], ["robot", "clock"]]  # type: ignore[index]


async def test_what_is_wrong_is_said_and_not_saved(page: Page) -> None:
    await open_gallery(page)
    await import_tock(page)
    await page.click(".tile[href='#/characters/tock']")
    await page.fill("[name=name]", "")
    await expect(page.locator(".problem")).to_contain_text("not changed")
    await page.click("#save-card")
    await expect(page.locator("#announcer")).to_contain_text("not changed")


async def test_a_character_is_begun_in_a_conversation_of_its_own(stage: Stage, page: Page) -> None:
    await open_gallery(page)
    await page.click(".tile[href='#/characters/mira']")
    await expect(page.locator("[name=name]")).not_to_be_editable()
    await expect(page.locator("#save-card")).to_have_count(0)
    await page.click("#begin")
    await expect(page.locator(".reply.faced .text")).to_have_text("Come in.")
    await expect(page.locator("#prompt")).to_have_text("Mira")
    await expect(page).to_have_url(re.compile("#/talk/"))


async def test_a_bundled_card_is_copied_and_a_copy_deleted(page: Page) -> None:
    await open_gallery(page)
    await page.click(".tile[href='#/characters/mira']")
    await page.click("#copy")
    await expect(page.locator("#save-card")).to_have_count(1)
    await expect(page).to_have_url(re.compile("#/characters/mira-2$"))
    await page.click("#delete")
    await page.click("dialog[open] .strong")
    await expect(page.locator(".tile .name")).to_have_text(["Mira"])


async def test_only_the_owner_shares(stage: Stage) -> None:
    async with open_page(stage.browser, stage.url) as page:
        await open_gallery(page)
        await import_tock(page)
        await page.click(".tile[href='#/characters/tock']")
        await expect(page.locator("#delete")).to_be_visible()
        await expect(page.locator("#share")).to_have_count(0)
        await page.goto(stage.web.owner_link())
        await page.click("form button")
        await open_gallery(page)
        await page.click(".tile[href='#/characters/tock']")
        await page.click("#share")
        await expect(page.locator("#announcer")).to_contain_text("Everyone can now play Tock")
        async with open_page(stage.browser, stage.url) as other:
            await open_gallery(other)
            await other.click(".tile[href='#/characters/tock']")
            await expect(other.locator("#copy")).to_be_visible()
            await expect(other.locator("#delete")).to_have_count(0)
        await page.click("#delete")
        await page.click("dialog[open] .strong")
        await expect(page.locator(".tile .name")).to_have_text(["Mira"])


async def test_what_is_typed_while_a_card_is_saved_stays(page: Page) -> None:
    asked, late = asyncio.Event(), asyncio.Event()

    def reads_again(request: Request) -> bool:
        return "+card " in (request.post_data or "") and "fields.json" not in (request.post_data or "")

    async def hold(route: Route) -> None:
        if reads_again(route.request):
            asked.set()
            await late.wait()
        await route.continue_()

    await open_gallery(page)
    await import_tock(page)
    await page.click(".tile[href='#/characters/tock']")
    await page.fill("[name=personality]", "calm")
    await page.route("**/api/chat*", hold)
    await page.click("#save-card")
    await asked.wait()
    await page.fill("[name=scenario]", "at sea")
    async with page.expect_event("requestfinished", reads_again):
        late.set()
    await page.evaluate("new Promise((done) => { setTimeout(done, 0); })")
    await expect(page.locator("[name=scenario]")).to_have_value("at sea")
    await page.click("#save-card")
    await expect(page.locator("#save-card")).to_be_disabled()
    await page.reload()
    await expect(page.locator("[name=scenario]")).to_have_value("at sea")
    await expect(page.locator("[name=personality]")).to_have_value("calm")
