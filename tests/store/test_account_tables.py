"""Accounts and invitations in the store: invitation, account and passkey are written in one transaction."""

from datetime import timedelta

import pytest

from bot.errors import InvalidOption, NotFound
from bot.store.account_tables import Account
from bot.store.passkeys import Passkey
from bot.store.store import Store


def account(name: str, number: int = 1) -> Account:
    return Account(key=name.lower(), name=name, secret=f"{number:032x}", visitor=f"{number + 50:032x}")


async def test_what_fails_uses_no_invitation_up(any_store: Store) -> None:
    for name in ("a", "b"):
        await any_store.invitations.add(name, "", timedelta(days=1))
    passkey = Passkey(label="", credential=b"1", site="x", public_key=b"")
    await any_store.accounts.add(account("Ann"), "a", passkey)
    assert not await any_store.invitations.holds("a")
    with pytest.raises(InvalidOption):
        await any_store.accounts.add(account("ANN", 2), "b")
    with pytest.raises(InvalidOption):  # another account's passkey
        await any_store.accounts.add(account("Bea", 2), "b", passkey)
    assert await any_store.accounts.find("bea") is None
    assert await any_store.invitations.holds("b")
    with pytest.raises(NotFound):
        await any_store.accounts.add(account("Bea", 2), "a")
    assert (await any_store.accounts.add(account("Bea", 2), "b")).id


async def test_one_visitor_is_one_account(any_store: Store) -> None:
    for name in ("a", "b"):
        await any_store.invitations.add(name, "", timedelta(days=1))
    made = await any_store.accounts.add(account("Ann"), "a")
    with pytest.raises(InvalidOption):
        await any_store.accounts.add(account("Bea"), "b")
    assert await any_store.accounts.visitors() == {made.visitor}
    assert await any_store.accounts.get(made.id) == made
    assert await any_store.accounts.remove(made.id)
    assert not await any_store.accounts.remove(made.id)
