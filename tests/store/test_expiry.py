"""Messages older than the limit."""

from dataclasses import replace
from datetime import timedelta

from bot.store.connection import now
from bot.store.expiry import channels_before, expire_rest, expire_turns
from bot.store.integrity import check
from bot.store.store import Commit, Store
from tests.store.test_forgetting import everything
from tests.store.trees import new_channel, said, turn


async def test_all_that_is_older_goes_and_the_rest_stays(any_store: Store) -> None:
    channel, quiet = await new_channel(any_store), await new_channel(any_store, "quiet")
    before = now() - timedelta(days=30)
    old = [replace(turn(channel.head, 0), input="long ago", output="a word", created=before - timedelta(hours=1))]
    made = await any_store.commit(channel.id, Commit(nodes=old, head=0, user="test:1", messages=[said("1")]))
    await any_store.commit(channel.id, Commit(nodes=[turn(made[0].id, 7)], head=0, user="test:1"))
    await any_store.commit(quiet.id, Commit(nodes=[turn(quiet.head, 8)], head=0))
    await any_store.inbox.take("test", "a", "9", user="test:1", event={"text": "new"})
    assert await channels_before(any_store.engine, before) == {channel.id}
    assert made[0].digest in await expire_turns(any_store.engine, before, {channel.id})
    await expire_rest(any_store.engine, before)
    left = await everything(any_store)
    assert "long ago" not in left
    assert "a word" not in left
    assert all(words in left for words in ("say 7", "say 8", "hello", "new"))
    assert await channels_before(any_store.engine, before) == set(), "once is enough"
    assert await check(any_store.engine) == []
    await expire_rest(any_store.engine, now() + timedelta(days=2))
    left = await everything(any_store)
    assert "new" not in left


async def test_more_than_one_transaction_holds(store: Store) -> None:
    channel = await new_channel(store)
    made = [replace(turn(channel.head if place == 0 else -1, place), created=now()) for place in range(1200)]
    await store.commit(channel.id, Commit(nodes=made, head=len(made) - 1))
    await expire_turns(store.engine, now() + timedelta(days=1), {channel.id})
    assert "say" not in await everything(store)
