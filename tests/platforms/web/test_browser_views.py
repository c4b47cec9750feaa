"""Navigating the page in a real browser: URLs, the browser's own buttons, lazily loaded parts."""

import pytest
from playwright.async_api import Page, Route, expect

from tests.platforms.web.browser import ask, idle, say
from tests.platforms.web.stage import Stage
from tests.platforms.web.stage import page as page
from tests.platforms.web.stage import stage as stage

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]


async def become_owner(stage: Stage, page: Page) -> None:
    await page.goto(stage.web.owner_link())
    await page.click("form button")
    await page.wait_for_selector("#sidebar a[href='#/owner']")


async def test_going_and_coming_back(stage: Stage, page: Page) -> None:
    await become_owner(stage, page)
    await ask(page, "one")
    await page.click("#new")
    second = page.url
    await page.click("#sidebar a[href='#/owner']")
    await expect(page.locator("#view .facts").first).to_be_visible()
    await expect(page.locator("#sidebar a[aria-current=page]")).to_have_attribute("href", "#/owner")
    await page.go_back()
    await expect(page).to_have_url(second)
    await expect(page.locator("#empty")).to_be_visible()
    await page.go_back()
    await expect(page.locator(".said")).to_have_count(1)
    await page.go_forward()
    await page.reload()
    await expect(page.locator("#empty")).to_be_visible()
    await expect(page).to_have_url(second)


async def test_what_is_being_written_goes_on(stage: Stage, page: Page) -> None:
    await become_owner(stage, page)
    stage.engine.enqueue("Well. " * 50)
    stage.engine.held = True
    await say(page, "one")
    await page.wait_for_selector(".running")
    await page.click("#sidebar a[href='#/owner']")
    await page.wait_for_selector("#view .facts")
    await page.keyboard.press("Escape")  # stops nothing from here
    await page.go_back()
    await page.wait_for_selector(".running")
    stage.engine.held = False
    await idle(page)
    await expect(page.locator(".reply.turn .text")).to_have_text(("Well. " * 50).strip())


async def test_parts_that_are_none_or_not_for_everybody_lead_to_the_talk(stage: Stage, page: Page) -> None:
    for address in ("#/nothing", "#/owner", "#/%", "#"):
        await page.goto(stage.url + address)
        await expect(page.locator("#input")).to_be_visible()
        await expect(page).to_have_url(stage.url + "#/talk/-")


async def test_a_part_that_cannot_be_fetched(stage: Stage, page: Page) -> None:
    await become_owner(stage, page)
    page.errors_expected = True  # type: ignore[attr-defined]

    async def fail(route: Route) -> None:
        await route.abort()

    await page.route("**/api/texts/*", fail)
    await page.click("#sidebar a[href='#/owner']")
    await expect(page.get_by_role("alert")).to_contain_text("not responding")
    await page.unroute("**/api/texts/*")
    await page.get_by_role("button", name="Retry").click()
    await expect(page.locator("#view .facts").first).to_be_visible()


async def test_the_keyboard_skips_the_navigation(stage: Stage, page: Page) -> None:
    address = page.url
    await page.focus(".skip")
    await page.keyboard.press("Enter")
    await expect(page.locator("#input")).to_be_focused()
    await expect(page).to_have_url(address)
