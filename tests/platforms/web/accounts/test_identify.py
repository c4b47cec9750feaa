"""Identifying the account behind a request, with a token in front, and without the packages installed."""

from pathlib import Path

import pytest

from bot.accounts.account_service import Accounts
from bot.accounts.passwords import Passwords
from bot.platforms.web.accounts.account_access import COOKIE
from bot.store.database_errors import FULL, StoreError
from bot.store.store import open_store
from tests.accounts.conftest import QUICK
from tests.platforms.web.accounts.conftest import AccountSite, sign_in, talk, titles
from tests.platforms.web.conftest import Web


async def test_an_account_needs_no_token(tmp_path: Path) -> None:
    async with open_store("", tmp_path) as store:
        accounts = Accounts(store, "Roost", Passwords(QUICK))
        async with Web(accounts=accounts, token="secret").running() as web:
            place = AccountSite(web, accounts)
            async with place.browser() as ann, place.browser() as other:
                assert (await ann.get("/api/conversations")).status_code == 401
                assert (await ann.get("/join", params={"code": await accounts.invitations.make()})).status_code == 200
                assert (await place.join(ann)).status_code == 303
                await talk(ann, "about the fox")
                assert (await other.get("/sign-in")).status_code == 200
                assert (await other.get("/api/account")).status_code == 401
                await sign_in(other)
                assert await titles(other) == ["about the fox"]
                page = await web.client.get("/", headers={"Accept": "text/html", "Accept-Language": "en"})
                assert 'href="sign-in"' in page.text


async def test_a_page_that_was_signed_out_does_not_go_on_as_somebody_else(place: AccountSite) -> None:
    async with place.browser() as browser:
        await place.join(browser)
        await browser.post("/api/account/sign-out")
        stale = {"Cookie": f"{COOKIE}={'0' * 64}"}
        refused = await browser.post("/api/chat", json={"text": "hello", "stream": False}, headers=stale)
        assert (refused.status_code, refused.json()["error"]["code"]) == (401, "signed_out")
        assert (await sign_in(browser)).status_code == 303
        await talk(browser, "hello")


async def test_the_page_knows_who_is_there(place: AccountSite) -> None:
    async with place.browser() as browser:
        assert '"account":"","accounts":false' in (await browser.get("/")).text
        await place.join(browser)
        assert '"account":"Ann","accounts":true' in (await browser.get("/")).text


async def test_a_database_in_trouble_is_told_and_bars_no_look_at_the_health(
    place: AccountSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(cookie: str) -> None:
        raise StoreError(FULL)

    async with place.browser() as browser:
        await place.join(browser)
        monkeypatch.setattr(place.accounts.browsers, "find", broken)
        answer = await browser.get("/api/conversations", headers={"Accept-Language": "en"})
        assert answer.status_code == 503
        assert answer.json()["error"]["code"] == "StoreError"
        async with place.browser() as monitor:
            assert (await monitor.get("/healthz")).status_code == 200


async def test_without_the_libraries_there_are_none(web: Web) -> None:
    for path in ("/sign-in", "/join", "/api/account", "/api/owner/accounts"):
        assert (await web.client.get(path)).status_code in (403, 404)
    web.client.cookies.set(COOKIE, "0" * 64)
    assert (await web.client.get("/api/conversations")).status_code == 200
