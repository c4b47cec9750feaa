"""Accounts in Firefox: invitation, signing out and in, sessions, a new password; axe and widths on every page.

Firefox offers no virtual authenticator to scripts, so passkeys are tested in Chromium only.
"""

import pytest

from tests.platforms.web.accounts.test_browser_accounts import address
from tests.platforms.web.firefox import FirefoxPage, open_firefox
from tests.platforms.web.stage import Stage
from tests.platforms.web.stage import stage as stage
from tests.platforms.web.test_firefox import ENTER, check_page

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]
TAB = "\ue004"
SIGNED_IN = "document.querySelector(\"#sidebar a[href='#/account']\")?.checkVisibility() ?? false"


async def fill_in(page: FirefoxPage, first: str, keys: str) -> None:
    await page.until(f"document.activeElement?.id === '{first}'")
    await check_page(page)
    await page.evaluate(f"document.querySelector('#{first}').focus()")
    await page.type(f"{keys}{ENTER}")


async def test_an_account_in_firefox(stage: Stage) -> None:
    async with open_firefox() as page:
        await page.resize(390, 800)
        await page.open(address(stage, f"join?code={await stage.accounts.invitations.make()}"))
        await fill_in(page, "name", f"Eve{TAB}correct horse battery")
        await page.until("Boolean(document.querySelector('#prompt')?.textContent)")
        await page.resize(1100, 800)
        await page.until(SIGNED_IN)
        await page.evaluate("location.hash = '#/account'")
        await page.until("document.querySelectorAll('#account-sessions li').length === 1")
        await check_page(page)
        await page.click("#account-sign-out")
        await page.click("#to-sign-in")
        await fill_in(page, "name", f"Eve{TAB}wrong horse battery")
        await page.until("document.querySelector('#wrong')?.checkVisibility() ?? false")
        await page.evaluate("document.querySelector('#password').focus()")
        await page.type(f"correct horse battery{ENTER}")
        await page.until(SIGNED_IN)
        account = await stage.accounts.find("Eve")
        assert account is not None
        await page.open(address(stage, f"reset?code={await stage.accounts.reset_code(account)}"))
        await fill_in(page, "password", "a new horse battery")
        await page.until(SIGNED_IN)
        assert await stage.accounts.verify_password(await stage.accounts.find("Eve"), "a new horse battery")
