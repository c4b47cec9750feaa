"""Free writing, blank lines, moves and commands by their translated names, on the page."""

import json
import re
from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from tests.platforms.web.browser import (
    ask,
    expect_replies,
    expect_said,
    expect_script,
    idle,
    keep_notices,
    loaded,
    open_page,
)
from tests.platforms.web.stage import Stage
from tests.platforms.web.stage import page as page
from tests.platforms.web.stage import stage as stage

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]


async def test_free_writing_is_part_of_the_history(stage: Stage, page: Page) -> None:
    stage.engine.enqueue("first", ", there was an owl.", " It sat.", "second")
    await ask(page, "hello")
    await ask(page, "+gen Once upon a time")
    await expect(page.locator(".draft .reply .text")).to_have_text("Once upon a time, there was an owl.")
    await page.locator(".draft [data-action=more]").click()
    await expect(page.locator(".draft .reply .text")).to_have_text("Once upon a time, there was an owl. It sat.")
    await idle(page)
    await ask(page, "and now?")
    for _ in range(2):
        await expect_said(page, ["hello", "+gen Once upon a time", "and now?"])
        await expect_replies(page, ["first", "Once upon a time, there was an owl. It sat.", "second"])
        await page.reload()
        await expect(page.locator(".said")).to_have_count(3)
    await expect(page.locator(".exchange.last .said")).to_have_text("You:\nand now?", use_inner_text=True)


async def test_free_writing_is_written_once_more_in_its_place(stage: Stage, page: Page) -> None:
    stage.engine.enqueue(" the first", " the second")
    await ask(page, "+gen Owls:")
    await page.locator(".draft [data-action=again]").click()
    await expect(page.locator(".draft .reply .text")).to_have_text("Owls: the second")
    await idle(page)
    await expect_said(page, ["+gen Owls:"])
    await page.reload()
    await expect(page.locator(".draft .reply .text")).to_have_text("Owls: the second")


async def test_compared_answers_stand_below_each_other(stage: Stage, page: Page) -> None:
    stage.engine.enqueue("nowhere", "in the garden", "in the big garden")
    await ask(page, "+compare Where is Mia? context: Mia is in the garden.")
    await expect(page.locator(".draft .reply .text p")).to_have_text(
        ["cfg 0 nowhere", "cfg 1 in the garden", "cfg 1.5 in the big garden"]
    )
    await expect(page.locator(".exchange")).to_have_count(1)
    await expect_said(page, ["+compare Where is Mia?"])


async def test_blank_lines_stay_as_typed(stage: Stage, page: Page) -> None:
    stage.engine.enqueue("yes")
    await ask(page, "one\n\n\ntwo")
    await expect(page.locator(".said")).to_have_text(re.compile("^You: one\n\n\ntwo$"))
    await page.reload()
    await expect(page.locator(".said")).to_have_text(re.compile("^You: one\n\n\ntwo$"))


async def test_redo_leads_back_after_a_leap_and_a_reload(stage: Stage, page: Page) -> None:
    stage.engine.enqueue("first", "second", "third")
    for text in ("one", "two", "three"):
        await ask(page, text)
    await expect(page.locator("[data-action=redo]")).to_have_count(0)
    await page.locator(".exchange").first.locator("[data-action=go]").click()
    await expect(page.locator(".said")).to_have_count(1)
    await page.reload()
    await page.click("[data-action=redo]")
    await expect(page.locator(".said")).to_have_count(3)
    await expect_replies(page, ["first", "second", "third"])


async def test_commands_have_names_in_the_readers_language(stage: Stage) -> None:
    async with open_page(stage.browser, stage.url, locale="zh-CN") as page:
        await page.fill("#input", "+帮")
        await expect(page.locator("#completions li code")).to_have_text(["+help [command]"])
        await page.keyboard.press("Tab")
        await ask(page, "+帮助")
        await expect(page.locator(".reply.info")).to_have_count(1)


async def test_an_export_is_imported_again(stage: Stage, page: Page, tmp_path: Path) -> None:
    stage.engine.enqueue("first", "second")
    await ask(page, "one")
    await ask(page, "two")
    await ask(page, "+export on")
    async with page.expect_download() as download:
        await page.click("a.download")
    file = tmp_path / "conversation.json"
    await (await download.value).save_as(file)
    whole = json.loads(file.read_text("utf-8"))
    whole["nodes"] += [whole["nodes"][-1] | {"output": "x" * 2000} for _ in range(250)]
    file.write_text(json.dumps(whole), "utf-8")
    assert file.stat().st_size > 256 * 1024
    await page.click("#new")
    await page.set_input_files("#file", file)
    await page.wait_for_selector("#attached")
    await page.click("#send")
    await expect(page.locator(".said")).to_have_count(3)
    await expect(page.locator(".reply.info")).to_have_count(1)
    await expect_said(page, ["one", "two", "+import"])
    await expect_replies(page, ["first", "second", "253 turns imported.\nBack at: two → second"])


async def test_copying_works_without_the_clipboard_of_https(stage: Stage, page: Page) -> None:
    """A page served over plain http on a local network has no navigator.clipboard."""
    stage.engine.enqueue("words to copy")
    await ask(page, "hello")
    await keep_notices(page)
    await page.evaluate("Object.defineProperty(navigator, 'clipboard', { value: undefined })")
    await page.click(".exchange.last [data-action=copy]")
    await expect(page.locator(".exchange.last [data-action=copy] use")).to_have_attribute("href", "#i-check")
    await expect_script(page, "document.activeElement.dataset.action", "copy")
    await page.focus("#input")
    await page.keyboard.press("Control+v")
    await expect(page.locator("#input")).to_have_value("words to copy")


RECOGNITION = """globalThis.SpeechRecognition = class {
  start() {
    globalThis.hear = (transcript) => { this.onresult({ results: [[{ transcript }]] }); this.onend(); };
  }
}"""


async def test_what_is_typed_during_dictation_stays(page: Page) -> None:
    await page.add_init_script(RECOGNITION)
    await page.reload()
    await loaded(page)
    await page.click("[data-action=dictate]")
    await page.fill("#input", "typed")
    await page.evaluate("hear('and spoken')")
    await expect(page.locator("#input")).to_have_value("typed and spoken")
