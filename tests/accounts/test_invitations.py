"""Invitations: single-use, expiring, and revocable."""

from datetime import timedelta

import pytest

from bot.accounts.invitations import MAX_NOTE_LENGTH, Invitations, invitation_id
from bot.errors import InvalidOption, NotFound
from bot.store.account_tables import MAX_INVITATIONS
from bot.store.store import Store


async def test_kept_as_a_hash_listed_and_revoked(any_store: Store) -> None:
    invitations = Invitations(any_store.invitations)
    code = await invitations.make("  for  Ann " + "x" * 200)
    [kept] = await invitations.all()
    assert kept.id == invitation_id(code) != code
    assert kept.note.startswith("for Ann")
    assert len(kept.note) == MAX_NOTE_LENGTH
    assert await invitations.holds(code)
    await invitations.revoke(kept.id)
    assert not await invitations.holds(code)
    with pytest.raises(NotFound):
        await invitations.revoke(kept.id)


async def test_it_ends(any_store: Store) -> None:
    invitations = Invitations(any_store.invitations)
    for days in (0, 91, -1):
        with pytest.raises(InvalidOption):
            await invitations.make(days=days)
    await any_store.invitations.add(invitation_id("old"), "", timedelta(seconds=-1))
    assert not await invitations.holds("old")
    assert await invitations.all() == []


async def test_so_many_are_open(any_store: Store) -> None:
    invitations = Invitations(any_store.invitations)
    for _ in range(MAX_INVITATIONS):
        await any_store.invitations.add(invitation_id(str(_)), "", timedelta(days=1))
    with pytest.raises(InvalidOption, match="200"):
        await invitations.make()
