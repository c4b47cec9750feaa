"""Accounts in a real browser: invitation, password by keyboard, passkey on a virtual device."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from playwright.async_api import Page, expect

from tests.platforms.web.browser import ask, expect_listening, open_page
from tests.platforms.web.inspection import keyboard_faults, layout_faults, violations
from tests.platforms.web.stage import Stage
from tests.platforms.web.stage import page as page
from tests.platforms.web.stage import stage as stage
from tests.waiting import until_equal

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]
DEVICE = {
    "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
    "isUserVerified": True, "automaticPresenceSimulation": True,
}  # fmt: skip


def address(stage: Stage, path: str = "") -> str:
    """Return a URL with a host name, since passkeys do not work on IP addresses."""
    return stage.url.replace("127.0.0.1", "localhost") + path


@asynccontextmanager
async def somebody(stage: Stage) -> AsyncIterator[Page]:
    """Open a browser with a device that has verified its user."""
    async with open_page(stage.browser, address(stage)) as page:
        devices = await page.context.new_cdp_session(page)
        await devices.send("WebAuthn.enable")
        await devices.send("WebAuthn.addVirtualAuthenticator", {"options": DEVICE})
        yield page


async def fill_in(page: Page, name: str, password: str) -> None:
    """Fill in the form by keyboard only; the first field has the focus."""
    await expect(page.locator("#name")).to_be_focused()
    await page.keyboard.type(name)
    await page.keyboard.press("Tab")
    await page.keyboard.type(password)
    await page.keyboard.press("Enter")


async def no_violation(page: Page) -> None:
    """Check on a phone and a desktop, in dark and light, with the keyboard only."""
    for width, dark in ((390, True), (1100, False)):
        await page.set_viewport_size({"width": width, "height": 800})
        await page.emulate_media(color_scheme="dark" if dark else "light", reduced_motion="reduce")
        await until_equal(lambda: violations(page), [])
        await until_equal(lambda: layout_faults(page), [])
        assert await keyboard_faults(page) == []


async def test_a_passkey_from_the_invitation_to_the_next_sign_in(stage: Stage) -> None:
    async with somebody(stage) as page:
        await ask(page, "about the fox")
        await page.goto(address(stage, f"join?code={await stage.accounts.invitations.make()}"))
        await no_violation(page)
        await page.fill("#name", "Ann")
        await page.click("#passkey")
        await expect(page.locator("#sidebar .listed li")).to_contain_text("about the fox")
        await page.click("#sidebar a[href='#/account']")
        await expect(page.locator("#account-sessions li")).to_have_count(1)
        await expect(page.locator("#account-passkeys li")).to_have_count(1)
        await no_violation(page)
        await page.click("#account-sign-out")
        await expect(page.locator("#sidebar .listed li")).to_have_count(0)
        await page.click("#to-sign-in")
        await expect(page.locator("#passkey")).to_be_visible()
        await no_violation(page)
        await page.click("#passkey")
        await expect(page.locator("#sidebar .listed li")).to_contain_text("about the fox")


async def test_a_password_by_keyboard_and_another_browser_signed_out(stage: Stage) -> None:
    async with somebody(stage) as page, somebody(stage) as other:
        await page.goto(address(stage, f"join?code={await stage.accounts.invitations.make()}"))
        await fill_in(page, "Bea", "correct horse battery")
        await expect(page.locator("#sidebar a[href='#/account']")).to_be_visible()
        await ask(page, "about the owl")
        await other.goto(address(stage, "sign-in"))
        await fill_in(other, "bea", "wrong horse battery")
        await expect(other.locator("#wrong")).to_have_text("The name or the password is wrong.")
        other.errors_expected = True  # type: ignore[attr-defined]  # the 403
        await other.fill("#password", "correct horse battery")
        await other.keyboard.press("Enter")
        await expect(other.locator("#sidebar .listed li")).to_contain_text("about the owl")
        await expect_listening(other)
        await page.goto(address(stage, "#/account"))
        await page.click("#end-others")
        await expect(page.locator("#account-sessions li")).to_have_count(1)
        await expect(other.locator("#sidebar .listed li")).to_have_count(0)  # its page was notified and reloaded
        await expect(other.locator("#to-sign-in")).to_be_visible()


async def test_the_owner_invites_and_removes(stage: Stage, page: Page) -> None:
    await page.goto(stage.web.owner_link())
    await page.click("form button")
    await page.click("#sidebar a[href='#/owner']")
    await page.click(".tabs a[href='#/owner/accounts']")
    await page.fill("input[name=note]", "Cleo")
    await page.keyboard.press("Enter")
    link = page.locator("#invitation-link")
    await expect(link).to_contain_text("join?code=")
    await expect(page.locator("#invitations li")).to_contain_text("Cleo")
    await no_violation(page)
    async with open_page(stage.browser, stage.url) as guest:
        await guest.goto(await link.inner_text())
        await guest.fill("#name", "Cleo")
        await guest.fill("#password", "correct horse battery")
        await guest.keyboard.press("Enter")
        await expect(guest.locator("#sidebar a[href='#/account']")).to_be_visible()
        await expect_listening(guest)
        await page.reload()
        line = page.locator("#accounts li", has_text="Cleo")
        await line.locator("[data-action=remove-account]").click()
        await page.click("[data-action=really-remove]")
        await expect(line).to_have_count(0)
        await expect(guest.locator("#sidebar a[href='#/account']")).to_have_count(0)


async def test_a_forgotten_password(stage: Stage, page: Page) -> None:
    async with somebody(stage) as dora, somebody(stage) as phone:
        await dora.goto(address(stage, f"join?code={await stage.accounts.invitations.make()}"))
        await fill_in(dora, "Dora", "correct horse battery")
        await expect(dora.locator("#sidebar a[href='#/account']")).to_be_visible()
        await expect_listening(dora)
        await page.goto(stage.web.owner_link())
        await page.click("form button")
        await page.click("#sidebar a[href='#/owner']")
        await page.click(".tabs a[href='#/owner/accounts']")
        await page.locator("#accounts li", has_text="Dora").locator("[data-action=reset-account]").click()
        link = page.locator("#invitation-link")
        await expect(link).to_contain_text("reset?code=")
        await no_violation(page)
        where = (await link.inner_text()).replace("127.0.0.1", "localhost")
        await phone.goto(where)
        await expect(phone.locator("#password")).to_be_focused()
        await no_violation(phone)
        await phone.fill("#password", "a new horse battery")
        await phone.keyboard.press("Enter")
        await expect(phone.locator("#sidebar a[href='#/account']")).to_be_visible()
        await expect(dora.locator("#to-sign-in")).to_be_visible()  # its page was notified and reloaded
        dora.errors_expected = True  # type: ignore[attr-defined]  # the 404
        await dora.goto(where)
        await expect(dora.locator("h1")).to_have_text("This link is no longer valid.")
        await no_violation(dora)
