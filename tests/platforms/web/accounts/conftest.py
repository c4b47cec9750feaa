"""The web platform with accounts in a real database."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path

import httpx
import pytest

from bot.accounts.account_service import Accounts
from bot.accounts.passwords import Passwords
from bot.platforms.web.accounts.account_access import AccountAccess
from bot.platforms.web.visitors import COOKIE as VISITOR
from bot.platforms.web.visitors import channel_name
from bot.store.store import open_store
from tests.accounts.conftest import QUICK
from tests.accounts.test_account_service import PASSWORD
from tests.platforms.web.conftest import Web
from tests.waiting import PATIENCE


@dataclass
class AccountSite:
    """A web platform, its accounts, and browsers that use it."""

    web: Web
    accounts: Accounts

    @property
    def site(self) -> str:
        """The page's URL with a host name: passkeys do not work on IP addresses."""
        return f"http://localhost:{self.web.port}"

    def browser(self) -> httpx.AsyncClient:
        """Return a new browser without cookies."""
        return httpx.AsyncClient(base_url=self.site, timeout=PATIENCE)

    async def join(self, browser: httpx.AsyncClient, name: str = "Ann", *, keep: bool = False) -> httpx.Response:
        """Create an account through the form."""
        fields = {"code": await self.accounts.invitations.make(), "name": name, "password": PASSWORD}
        return await browser.post("/join", data=fields | ({"keep": "on"} if keep else {}))


async def sign_in(browser: httpx.AsyncClient, name: str = "Ann", password: str = PASSWORD) -> httpx.Response:
    return await browser.post("/sign-in", data={"name": name, "password": password})


async def talk(browser: httpx.AsyncClient, text: str, conversation: str = "") -> None:
    where = {"c": conversation} if conversation else {}
    answer = await browser.post("/api/chat", params=where, json={"text": text, "stream": False})
    assert answer.status_code == 200, answer.text


async def titles(browser: httpx.AsyncClient) -> list[str]:
    """The titles of the conversations that a browser sees."""
    answer = await browser.get("/api/conversations")
    return [entry["title"] for entry in answer.json()["conversations"]]


def visitor_of_cookies(browser: httpx.AsyncClient) -> str:
    return channel_name("cookie", browser.cookies[VISITOR])


@pytest.fixture
async def place(tmp_path: Path) -> AsyncIterator[AccountSite]:
    async with open_store("", tmp_path) as store:
        accounts = Accounts(store, "Roost", Passwords(QUICK))
        web = Web(accounts=accounts)
        access = AccountAccess(accounts, clock=lambda: 0.0)  # a slow machine must not gain new attempts during a test
        web.platform.site = replace(web.platform.site, accounts=access)
        async with web.running():
            yield AccountSite(web, accounts)
