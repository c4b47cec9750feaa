"""The owner's view in a real browser: it lives, and nobody else has it."""

import pytest
from playwright.async_api import Page, expect

from tests.platforms.web.stage import Stage
from tests.platforms.web.stage import page as page
from tests.platforms.web.stage import stage as stage

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]


async def test_the_owner_sees_what_runs_and_signs_out(stage: Stage, page: Page) -> None:
    link = page.locator("#sidebar a[href='#/owner']")
    assert await link.count() == 0
    await page.goto(stage.web.owner_link())
    await page.click("button[type=submit], form button")
    await link.click()
    await expect(page.locator(".facts dd")).to_have_count(6)
    await page.set_viewport_size({"width": 360, "height": 640})
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    await page.click("#sign-out")
    await expect(link).to_have_count(0)
    await expect(page.locator("#prompt")).not_to_be_empty()
