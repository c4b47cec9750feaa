"""Imported cards."""

import pytest

from bot.store.store import Store
from bot.store.stored_cards import NewCard

ROOM = {"most": 3, "most_bytes": 1000}


def new(name: str, *, scope: str = "test:g", data: bytes = b"card") -> NewCard:
    return NewCard(scope=scope, name=name, title=name.title(), data=data, avatar=b"picture", user="test:1")


async def test_kept_listed_changed_and_deleted(any_store: Store) -> None:
    table = any_store.cards
    made = await table.add(new("mira"), **ROOM)
    assert made is not None
    assert made.title == "Mira"
    assert await table.add(new("mira"), **ROOM) is None, "the name is taken"
    await table.add(new("mira", scope="test:other"), **ROOM)
    assert [card.scope for card in await table.of(["test:g", ""])] == ["test:g"]
    assert (await table.data(made.id), await table.avatar(made.id)) == (b"card", b"picture")
    assert await table.replace(made, b"changed", "Mimi", most_bytes=99)
    (changed,) = await table.of(["test:g"])
    assert (changed.title, changed.version, changed.nbytes) == ("Mimi", 2, 7)
    assert await table.delete(made.id)
    assert not await table.delete(made.id)
    assert await table.data(made.id) is None
    assert not await table.replace(made, b"", "", most_bytes=99)


async def test_a_scope_has_room_for_so_many_and_so_much(store: Store) -> None:
    for name in "abc":
        await store.cards.add(new(name), **ROOM)
    with pytest.raises(OverflowError):
        await store.cards.add(new("d"), **ROOM)
    with pytest.raises(OverflowError):
        await store.cards.add(new("big", scope="", data=bytes(1001)), **ROOM)
    assert await store.cards.add(new("d", scope="", data=bytes(1000)), **ROOM)


async def test_forgetting_a_person_forgets_their_own_cards(store: Store) -> None:
    await store.cards.add(new("mira", scope="user:test:1"), **ROOM)
    await store.cards.add(new("tock"), **ROOM)
    await store.forget_user("test:1")
    assert [card.name for card in await store.cards.of(["user:test:1", "test:g"])] == ["tock"]
