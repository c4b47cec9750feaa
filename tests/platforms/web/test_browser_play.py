"""RWKV_Role_Playing's actions as buttons, in a real browser."""

import pytest
from playwright.async_api import Page, expect

from tests.platforms.web.browser import ask, expect_replies, idle
from tests.platforms.web.stage import Stage
from tests.platforms.web.stage import page as page
from tests.platforms.web.stage import stage as stage

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]


async def open_drawer(page: Page) -> None:
    await page.click("#play-button")
    await page.wait_for_selector("#play-drawer[open]")


async def test_everything_in_the_drawer(stage: Stage, page: Page) -> None:
    stage.engine.enqueue("One.", "Two.", "What next?", "I am Kai.")
    await ask(page, "hello")
    await open_drawer(page)
    await expect(page.locator("#read-count")).to_contain_text("tokens")
    await expect(page.locator(".read-text")).to_contain_text("User: hello")
    await page.click("[data-action=play-again]")
    await expect(page.locator(".reply.turn .text")).to_have_text("Two.")
    await idle(page)
    await open_drawer(page)
    await page.fill("#play-drawer textarea", "Mine.")
    await page.click("#play-drawer form >> nth=0 >> button")
    await expect(page.locator(".reply.turn .text")).to_have_text("Mine.")
    await open_drawer(page)
    await page.click("[data-action=play-write]")
    await expect(page.locator("#input")).to_have_value("What next?")
    await page.fill("#input", "")
    await open_drawer(page)
    await page.fill("#play-drawer [name=name]", "Kai")
    await page.click("#play-drawer form >> nth=1 >> button")
    await expect(page.locator(".reply .speaker")).to_have_text("Kai")
    await idle(page)
    await expect_replies(page, ["Mine.", "I am Kai."])
    await open_drawer(page)
    await page.click("[data-action=play-preset]")
    await expect(page.locator("#announcer")).to_contain_text("RWKV Role Playing")
    await page.click("[data-action=play-undo]")
    await expect(page.locator(".reply.turn")).to_have_count(1)
