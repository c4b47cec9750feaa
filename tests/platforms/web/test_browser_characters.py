"""Characters on the page in a real browser: pictures beside lines, greetings to swipe through."""

import pytest
from playwright.async_api import Page, expect

from tests.platforms.web.browser import ask, expect_replies, say
from tests.platforms.web.stage import Stage
from tests.platforms.web.stage import page as page
from tests.platforms.web.stage import stage as stage

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]


async def test_a_character_with_its_picture_and_its_greetings(stage: Stage, page: Page) -> None:
    await ask(page, "+characters")
    await expect(page.locator("img.shown")).to_have_count(1)
    await say(page, "+character mira")
    await expect(page.locator(".reply.faced .speaker")).to_have_text("Mira")
    await expect(page.locator("img.shown")).to_have_count(0)  # from the earlier conversation
    await expect_replies(page, ["Come in."])
    await page.click("[data-action=right]")
    await expect(page.locator(".reply .text")).to_have_text("You again?")
    stage.engine.enqueue("I am Mira.")
    await ask(page, "Who are you?")
    await expect_replies(page, ["You again?", "I am Mira."])
    await expect(page.locator("img.face")).to_have_count(2)
    await expect(page.locator("img.face[src^='data:image/png;base64,']")).to_have_count(2)
    await expect(page.locator("[data-action=right]")).to_have_count(0)  # the greeting is chosen
    await page.reload()
    await expect(page.locator("img.face")).to_have_count(2)
    await expect(page.locator("#prompt")).to_have_text("Mira")
