"""Channels: found, created once, changed, deleted with everything that belongs to them."""

import asyncio

from bot.store.integrity import check
from bot.store.store import Commit, Store
from tests.store.trees import ROOT, grow, new_channel, said, turn


async def test_a_channel_is_made_once(any_store: Store) -> None:
    made = await asyncio.gather(*(any_store.channels.add("test", "a", "g", "test", [ROOT]) for _ in range(5)))
    assert len({channel.id for channel in made}) == 1
    found = await any_store.channels.find("test", "a")
    assert found == made[0]
    assert found is not None
    assert (found.guild, found.prompt, found.branch, found.undone) == ("g", "test", "main", ())
    assert await any_store.channels.find("test", "b") is None
    assert [channel.id for channel in await any_store.channels.all("test")] == [found.id]
    assert await any_store.channels.all("other") == []


async def test_its_places_move(any_store: Store) -> None:
    channel = await new_channel(any_store)
    (first,) = await any_store.commit(channel.id, Commit(nodes=[turn(channel.head, 1)], head=0))
    lines = [turn(first.id, 2, "say"), turn(-1, 3, "say")]
    made = await any_store.commit(channel.id, Commit(nodes=lines, pending=1))
    found = await any_store.channels.find("test", "a")
    assert found is not None
    assert (found.head, found.pending, found.draft) == (first.id, made[1].id, None), (
        "HEAD stays until they are accepted"
    )
    await any_store.channels.update(channel.id, head_id=made[1].id, pending_id=None, settings={"a": [1]})
    found = await any_store.channels.find("test", "a")
    assert found is not None
    assert (found.head, found.pending, found.settings) == (made[1].id, None, {"a": [1]})


async def test_a_deleted_channel_leaves_nothing_behind(any_store: Store) -> None:
    for name in ("a", "b"):
        channel = await new_channel(any_store, name)
        made = await grow(any_store, channel, 4)
        await any_store.bookmarks.set(channel.id, "save", "x", made[1].id)
        await any_store.commit(channel.id, Commit(nodes=[turn(made[0].id, 9)], draft=0, messages=[said("1", name)]))
    await any_store.forget_channel(channel.id)
    assert await any_store.channels.find("test", "b") is None
    assert await any_store.messages.find("test", "b", "1") is None
    assert await any_store.nodes.count() == 6
    assert await check(any_store.engine) == []
