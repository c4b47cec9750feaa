"""Digests of deleted text are kept until the states are gone everywhere, within a bound."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest

from bot.store import state_deletions
from bot.store.connection import now, writing
from bot.store.state_deletions import note_deleted
from bot.store.store import Store
from bot.store.stored_answers import StoredAnswer
from tests.store.trees import grow, new_channel


async def channel_of(store: Store, channel: int) -> None:
    await store.forget_channel(channel)


async def words_of_the_user(store: Store, _: int) -> None:
    await store.forget_user("test:1")


async def old_words(store: Store, channel: int) -> None:
    await store.expire(now() + timedelta(days=1), {channel})


@pytest.mark.parametrize("forget", [channel_of, words_of_the_user, old_words])
async def test_what_was_deleted_waits_until_it_is_gone(
    store: Store, forget: Callable[[Store, int], Awaitable[None]]
) -> None:
    channel = await new_channel(store)
    digests = {node.digest for node in await grow(store, channel, 3)}
    assert await store.state_deletions.waiting() == []
    await forget(store, channel.id)
    waiting = await store.state_deletions.waiting()
    assert digests <= set(waiting)
    await store.state_deletions.done(waiting)
    assert await store.state_deletions.waiting() == []


async def test_an_answers_turns_wait_too(store: Store) -> None:
    channel = await new_channel(store)
    made = await grow(store, channel, 2)
    await store.channels.add("test", "elsewhere", None, "test", [made[0]])
    other = await grow(store, channel, 1, parent=made[0].id)
    answer = StoredAnswer(id="r1", kind="response", body={}, input=[], node=made[1].id)
    await store.answers.add(channel.id, answer)
    assert await store.forget_answers(channel.id, ["r1"]) == [made[1].digest]
    assert await store.state_deletions.waiting() == [made[1].digest]
    assert other[0].digest != made[1].digest


async def test_the_oldest_are_given_up_when_there_are_too_many(
    any_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(state_deletions, "MOST", 1000)
    for number in range(3):
        async with writing(any_store.engine) as connection:
            await note_deleted(connection, [f"{number}-{place}" for place in range(700)])
    found = await any_store.state_deletions.waiting()
    assert len(found) == 1000
    assert {name.partition("-")[0] for name in found} == {"1", "2"}
    assert await any_store.state_deletions.waiting() == found


async def test_turns_without_a_digest_are_not_noted(store: Store) -> None:
    async with writing(store.engine) as connection:
        await note_deleted(connection, ["", "d1", "d1"])
    assert await store.state_deletions.waiting() == ["d1"]
