"""Files dropped on the page: character cards, and other files."""

import json

import pytest
from playwright.async_api import Page, expect

from tests.platforms.web.browser import idle
from tests.platforms.web.stage import Stage
from tests.platforms.web.stage import page as page
from tests.platforms.web.stage import stage as stage

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]

CARD = {
    "spec": "chara_card_v2",
    "spec_version": "2.0",
    "data": {
        "name": "Wren",
        "description": "Keeps a lighthouse.",
        "first_mes": "The lamp is lit. Come in!",
    },
}
DROP = """([name, text]) => {
  const files = new DataTransfer();
  files.items.add(new File([text], name));
  document.body.dispatchEvent(new DragEvent("drop", { dataTransfer: files, bubbles: true, cancelable: true }));
}"""


async def test_a_card_that_is_dropped_becomes_a_character(stage: Stage, page: Page) -> None:
    await page.evaluate(DROP, ["wren.json", json.dumps(CARD)])
    await expect(page.locator("#attached")).to_contain_text("wren.json")
    await page.click("#send")
    await idle(page)
    await expect(page.locator(".card .said")).to_contain_text("+character import")
    await expect(page.locator(".card .reply .text").first).to_contain_text("Wren")
    await expect(page.locator(".reply.error")).to_have_count(0)


PASTE = """([name, text, words]) => {
  const copied = new DataTransfer();
  copied.items.add(new File([text], name));
  if (words) copied.setData("text/plain", words);
  const event = new ClipboardEvent("paste", { clipboardData: copied, bubbles: true, cancelable: true });
  return document.getElementById("input").dispatchEvent(event);
}"""


async def test_a_file_that_is_pasted_is_attached(page: Page) -> None:
    assert await page.evaluate(PASTE, ["cells.png", "a picture of the words", "the words"]), "the words are pasted"
    assert not await page.evaluate(PASTE, ["wren.json", json.dumps(CARD), ""])
    await expect(page.locator("#attached")).to_contain_text("wren.json")
    await page.click("#send")
    await idle(page)
    await expect(page.locator(".card .reply .text").first).to_contain_text("Wren")


async def test_another_file_is_a_conversation(page: Page) -> None:
    await page.evaluate(DROP, ["log.json", json.dumps({"schema": "roost.conversation"})])
    await page.wait_for_selector("#attached")
    await page.click("#send")
    await idle(page)
    await expect(page.locator(".card .said")).to_contain_text("+import")
