"""Saves and branches."""

from bot.store.store import Commit, Store
from tests.store.trees import grow, new_channel, turn


async def test_a_name_points_at_a_turn_until_it_is_dropped(any_store: Store) -> None:
    channel = await new_channel(any_store)
    made = await grow(any_store, channel, 3)
    await any_store.bookmarks.set(channel.id, "save", "one", made[0].id)
    await any_store.bookmarks.set(channel.id, "save", "two", made[1].id)
    await any_store.bookmarks.set(channel.id, "save", "one", made[2].id)
    marks = {mark.name: mark.node for mark in await any_store.bookmarks.of(channel.id, "save")}
    assert marks == {"one": made[2].id, "two": made[1].id}
    assert await any_store.bookmarks.delete(channel.id, "save", "one")
    assert not await any_store.bookmarks.delete(channel.id, "save", "one")
    assert await any_store.bookmarks.of(channel.id, "branch") == []


async def test_the_current_branch_follows_head(any_store: Store) -> None:
    channel = await new_channel(any_store)
    made = await grow(any_store, channel, 2)
    await any_store.bookmarks.set(channel.id, "branch", "main", made[0].id)
    await any_store.bookmarks.set(channel.id, "branch", "side", made[1].id, branch="side")
    (new,) = await any_store.commit(channel.id, Commit(nodes=[turn(made[1].id, 5)], head=0))
    tips = {mark.name: mark.node for mark in await any_store.bookmarks.of(channel.id, "branch")}
    assert tips == {"main": made[0].id, "side": new.id}
