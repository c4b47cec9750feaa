"""The owner's view in a real browser: it updates, its sections work, and nobody else can open it."""

import re

import pytest
from playwright.async_api import Page, expect

from tests.platforms.web.stage import Stage
from tests.platforms.web.stage import page as page
from tests.platforms.web.stage import stage as stage

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]
LINK = "#sidebar a[href='#/owner']"


async def become_owner(stage: Stage, page: Page) -> None:
    await page.goto(stage.web.owner_link())
    await page.click("form button")
    await page.click(LINK)
    await expect(page.locator(".facts").first).to_be_visible()


async def section(page: Page, name: str) -> None:
    await page.click(f".tabs a[href='#/owner/{name}']")
    await expect(page.locator(".tabs a[aria-current=page]")).to_have_attribute("href", f"#/owner/{name}")


async def test_the_owner_looks_and_signs_out(stage: Stage, page: Page) -> None:
    await expect(page.locator(LINK)).to_have_count(0)
    await become_owner(stage, page)
    await expect(page.locator("#view")).to_contain_text(stage.engine.info.name)
    await expect(page.locator("#view")).to_contain_text(re.compile(r"discord\s*Discord rejected the token"))
    await page.click("#backup")
    await expect(page.locator("#view li", has_text="roost-")).to_have_count(1)
    await section(page, "charts")
    await expect(page.locator(".chart canvas")).to_have_count(5)
    await section(page, "log")
    await expect(page.locator("pre.log")).to_be_visible()
    page.errors_expected = True  # type: ignore[attr-defined]  # the log may be asked for once more, in vain
    await page.click("#sign-out")
    await expect(page.locator("#input")).to_be_visible()
    await expect(page.locator(LINK)).to_have_count(0)


async def test_nothing_stays_on_screen_when_the_session_is_ended_elsewhere(stage: Stage, page: Page) -> None:
    await become_owner(stage, page)
    await expect(page.locator("#view")).to_contain_text(stage.engine.info.name)
    page.errors_expected = True  # type: ignore[attr-defined]
    sessions = (await (await page.request.get(f"{stage.url}api/owner/sessions")).json())["sessions"]
    here = next(session for session in sessions if session["current"])
    await page.request.post(f"{stage.url}api/owner/sessions/end", data={"name": here["name"]})
    await expect(page.locator("#view .loading")).to_contain_text("Only the owner of this Roost may see this.")
    await expect(page.locator("#view")).not_to_contain_text(stage.engine.info.name)


async def test_limits_rules_and_keys(stage: Stage, page: Page) -> None:
    await become_owner(stage, page)
    await section(page, "access")
    await page.fill("input[name=user_per_minute]", "9")
    async with page.expect_response("**/api/command*"):
        await page.keyboard.press("Tab")
    await page.fill("input[name=id]", "12345")
    await page.click(".fields button:has-text('Add')")
    await expect(page.locator("li.removable")).to_have_text("Block: user:12345")
    await page.reload()
    await expect(page.locator("input[name=user_per_minute]")).to_have_value("9")
    await page.click("[data-action=remove-rule]")
    await expect(page.locator("li.removable")).to_have_count(0)
    await section(page, "keys")
    await page.fill("input[name=name]", "my-editor")
    await page.click("button:has-text('Add a key')")
    await expect(page.locator("#new-key")).to_contain_text("sk-roost-")
    key = page.locator("li.removable", has_text="my-editor")
    await expect(key).to_be_visible()
    await page.click("[data-action=revoke]")
    await expect(key).to_have_count(0)
    await expect(page.locator("#new-key")).to_have_count(0)


async def test_a_prompt_is_edited(stage: Stage, page: Page) -> None:
    await become_owner(stage, page)
    await section(page, "texts")
    await page.click("#view a[href='#/owner/texts/prompt/chat-en']")
    source = await page.locator(".source").input_value()
    await page.fill(".source", source + "\nusr = 5\n")
    await expect(page.locator(".problems li")).to_contain_text("usr")
    await expect(page.locator("#save-text")).to_be_disabled()
    await page.fill(".source", source + "\n# mine\n")
    await expect(page.locator(".problems li")).to_have_count(0)
    await page.click("#save-text")
    await expect(page.locator("#announcer")).to_have_text("Saved")
    await page.go_back()
    await expect(page.locator("#view li", has_text="chat-en")).to_contain_text("changed here")


async def test_what_is_new_since_the_last_start(stage: Stage, page: Page) -> None:
    await become_owner(stage, page)
    await section(page, "updates")
    await expect(page.locator("#view")).to_contain_text("This is version 0.2.0.")
    await expect(page.locator("#view")).to_contain_text("Nothing is new since the last start.")
    answer = {"version": "2", "previous": "1", "news": [{"kind": "Added", "text": "An **owl** <img src=x>."}]}
    await page.route("**/api/owner/updates", lambda route: route.fulfill(json=answer))
    await page.reload()
    await expect(page.locator(".news li strong")).to_have_text("owl")
    await expect(page.locator(".news img")).to_have_count(0)


async def test_what_cannot_be_read_says_why_in_its_place(stage: Stage, page: Page) -> None:
    await become_owner(stage, page)
    page.errors_expected = True  # type: ignore[attr-defined]
    problem = "Accounts need two more packages."
    answer = {"error": {"message": problem}}
    await page.route("**/api/owner/accounts", lambda route: route.fulfill(status=404, json=answer))
    await section(page, "accounts")
    await expect(page.locator("#view .loading")).to_have_text(problem)


async def test_a_rule_that_could_not_be_added_stays_in_its_fields(stage: Stage, page: Page) -> None:
    await become_owner(stage, page)
    await section(page, "access")
    page.errors_expected = True  # type: ignore[attr-defined]
    await page.route("**/api/command*", lambda route: route.abort())
    await page.fill("input[name=id]", "12345")
    async with page.expect_event("requestfailed"):
        await page.click(".fields button:has-text('Add')")
    await expect(page.locator("#announcer")).not_to_be_empty()
    await expect(page.locator("input[name=id]")).to_have_value("12345")
