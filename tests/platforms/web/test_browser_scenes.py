"""The lists of scenes in a real browser."""

import json
from base64 import b64encode

import pytest
from playwright.async_api import Page, expect

from tests.library.cards.card_builder import v2
from tests.platforms.web.browser import ask
from tests.platforms.web.stage import Stage
from tests.platforms.web.stage import page as page
from tests.platforms.web.stage import stage as stage

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]

SCENE = "+scene import Ann: Who is there?\n\nBen: It is me, with the letter."
OPENING = ["Come in, Grimm. Sit by the fire.", "Hmph. I am wet to the bone."]
LINES = ".stage .scene-line .words"


async def test_a_scene_begins_beside_what_was_said_and_is_found_again(stage: Stage, page: Page) -> None:
    data = b64encode(json.dumps(v2({"name": "Grimm", "description": "An old sailor."})).encode()).decode()
    files = [{"name": "grimm.json", "data": data}]
    await page.request.post(
        f"{stage.url}api/chat", data={"text": "+character import", "attachments": files, "stream": False}
    )
    await page.click("#new")
    stage.engine.enqueue("first")
    await ask(page, "hello")
    await page.goto(f"{stage.url}#/stage")
    await page.click("[data-scene='harbour/storm-night']")
    await expect(page.locator(LINES)).to_have_text(OPENING)
    began = page.url
    await page.click(".stage .play header a")
    card = page.locator("a.scene-card")
    await expect(card.locator("strong")).to_have_text("Storm night")
    await expect(card.locator(".excerpt")).to_have_text(f"Grimm {OPENING[1]}")
    await page.go_back()
    await page.go_back()
    await page.click("#sidebar .row .title:has-text('hello')")
    await expect(page.locator(".reply .text")).to_have_text("first")
    await page.click("#sidebar a[href='#/stage']")
    await card.click()
    await expect(page).to_have_url(began)
    await expect(page.locator(LINES)).to_have_text(OPENING)
    await page.reload()
    await expect(page.locator(LINES)).to_have_text(OPENING)


async def test_a_line_goes_on_when_the_page_is_loaded_again(stage: Stage, page: Page) -> None:
    await page.request.post(f"{stage.url}api/chat", data={"text": SCENE, "stream": False})
    await page.goto(f"{stage.url}#/stage")
    await expect(page.locator(LINES)).to_have_count(2)
    stage.engine.enqueue(" start word word end.")
    stage.engine.held, stage.engine.held_after = True, 12
    await page.click("#stage-send")
    await expect(page.locator(LINES).nth(2)).to_have_text("start word")
    await page.reload()
    await expect(page.locator(LINES).nth(2)).to_have_text("start word")
    await expect(page.locator(".scene-line.writing strong")).to_have_text("Ann")
    await expect(page.locator("#stage-send")).to_be_disabled()
    stage.engine.held = False
    await expect(page.locator(LINES)).to_have_text(
        ["Who is there?", "It is me, with the letter.", "start word word end."]
    )
    await expect(page.locator("#stage-send")).to_be_enabled()
