"""Signed-in browsers."""

import pytest

from bot.accounts.account_service import Accounts
from bot.accounts.browser_sessions import FRESH_SECONDS, BrowserSessions, known_browser, mark
from bot.store.database_errors import StoreError
from bot.store.sign_ins import MAX_SIGN_INS
from bot.store.store import Store
from tests.accounts.test_account_service import make


async def test_known_by_the_cookie_until_signed_out(accounts: Accounts) -> None:
    account = await make(accounts)
    browsers = accounts.browsers
    first, second = [await browsers.sign_in(account, name) for name in ("Firefox", "Chrome")]
    found = await browsers.find(first)
    assert found is not None
    assert (found.account, found.name, found.secret, found.visitor) == (
        account.id,
        "Ann",
        account.secret,
        account.visitor,
    )
    assert found.id != first
    assert await browsers.end(account.id, besides=found.id)
    assert await browsers.find(first) == found
    assert await browsers.find(second) is None
    assert await browsers.end(account.id, name=found.id) == [found.id]
    assert await browsers.find(first) is None
    for odd in ("", "x", "'; --", "0" * 64, "é" * 64):
        assert await browsers.find(odd) is None


async def test_one_does_not_end_anothers(accounts: Accounts) -> None:
    ann, bea = await make(accounts), await make(accounts, "Bea", 2)
    cookie = await accounts.browsers.sign_in(ann, "Firefox")
    found = await accounts.browsers.find(cookie)
    assert found is not None
    assert await accounts.browsers.end(bea.id, name=found.id) == []
    assert await accounts.browsers.find(cookie) == found


async def test_the_oldest_goes_where_there_are_too_many(accounts: Accounts) -> None:
    account = await make(accounts)
    cookies = [await accounts.browsers.sign_in(account, str(number)) for number in range(MAX_SIGN_INS + 1)]
    assert len(await accounts.browsers.of(account.id)) == MAX_SIGN_INS
    assert await accounts.browsers.find(cookies[0]) is None
    assert await accounts.browsers.find(cookies[-1]) is not None


async def test_a_visitor_that_became_an_account_in_another_process(accounts: Accounts, any_store: Store) -> None:
    now = [0.0]
    other = BrowserSessions(any_store.sign_ins, any_store.accounts, lambda: now[0])
    await other.refresh()
    assert not other.any_accounts
    account = await make(accounts)
    await other.refresh()
    assert not other.is_taken(account.visitor)
    now[0] = FRESH_SECONDS + 1
    await other.refresh()
    assert other.is_taken(account.visitor)
    assert other.any_accounts


async def test_the_mark_of_a_known_browser_is_one_accounts(accounts: Accounts) -> None:
    ann, bea = await make(accounts), await make(accounts, "Bea", 2)
    cookie = mark(ann)
    assert known_browser(ann, cookie)
    assert not known_browser(bea, cookie)
    assert not known_browser(None, cookie)
    for odd in ("", ".", "x.y", cookie + "0", "é.é"):
        assert not known_browser(ann, odd)


async def test_nothing_is_taken_for_known_before_it_was_read(
    accounts: Accounts, any_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    account = await make(accounts)
    other = BrowserSessions(any_store.sign_ins, any_store.accounts)

    async def unreachable() -> frozenset[str]:
        raise StoreError("the database does not answer")

    with monkeypatch.context() as patched:
        patched.setattr(any_store.accounts, "visitors", unreachable)
        for _ in range(2):
            with pytest.raises(StoreError):
                await other.refresh()
    await other.refresh()
    assert other.is_taken(account.visitor)
