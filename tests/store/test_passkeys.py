"""Passkeys in the store."""

from datetime import timedelta

import pytest

from bot.errors import InvalidOption
from bot.store.account_tables import Account
from bot.store.passkeys import MAX_PASSKEYS, Passkey
from bot.store.store import Store


async def test_found_counted_and_bounded(any_store: Store) -> None:
    await any_store.invitations.add("a", "", timedelta(days=1))
    ann = await any_store.accounts.add(Account(key="ann", name="Ann", secret="s", visitor="v"), "a")
    keys = any_store.passkeys
    for number in range(MAX_PASSKEYS):
        made = Passkey(label=str(number), credential=bytes(1023) + bytes([number]), site="x", public_key=b"k")
        await keys.add(ann.id, made)
    with pytest.raises(InvalidOption, match="20"):
        await keys.add(ann.id, Passkey(label="", credential=b"more", site="x", public_key=b"k"))
    found = await keys.find(bytes(1023) + b"\x03")
    assert found is not None
    assert (found.label, found.account, found.uses) == ("3", ann.id, 0)
    assert await keys.note_use(found, 5)
    assert not await keys.note_use(found, 5)  # of two concurrent ones, one succeeds
    assert not await keys.remove(ann.id + 1, found.id)
    assert await keys.remove(ann.id, found.id)
    assert len(await keys.of(ann.id)) == MAX_PASSKEYS - 1
