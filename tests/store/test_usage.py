"""Usage records."""

from datetime import UTC, datetime, timedelta

import pytest

from bot.store.store import Commit, Store
from bot.store.usage import Seconds, Usage
from bot.today import today
from tests.store.trees import new_channel, turn


async def test_turns_and_tokens_add_up(any_store: Store) -> None:
    one, two = [await new_channel(any_store, name) for name in ("a", "b")]
    for channel, user in ((one, "test:1"), (one, "test:2"), (two, "test:1")):
        commit = Commit(nodes=[turn(channel.head, 1)], head=0, user=user, tokens_read=7)
        await any_store.commit(channel.id, commit)
        await any_store.commit(channel.id, commit)
    usage = any_store.usage
    assert await usage.total() == Usage(6, 42, 12)
    assert await usage.total(user="test:1") == Usage(4, 28, 8)
    assert await usage.total(channel=two.id, day=today()) == Usage(2, 14, 4)
    assert await usage.total(user="test:3") == Usage(0, 0, 0)


async def test_seconds_add_up(any_store: Store) -> None:
    channel = await new_channel(any_store)
    for queue in (0.5, 1.0):
        seconds = Seconds(queue=queue, prefill=0.25, decode=2.0)
        await any_store.commit(channel.id, Commit(nodes=[turn(channel.head, 1)], head=0, seconds=seconds))
    assert (await any_store.usage.total()).seconds == Seconds(queue=1.5, prefill=0.5, decode=4.0)


async def test_what_is_used_after_midnight_counts_for_the_next_day(
    any_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    channel = await new_channel(any_store)
    midnight = datetime(2026, 3, 2, tzinfo=UTC)
    for moment in (midnight - timedelta(microseconds=1), midnight, midnight):
        monkeypatch.setattr("bot.today._now", lambda moment=moment: moment)
        await any_store.commit(channel.id, Commit(nodes=[turn(channel.head, 1)], head=0, tokens_read=7))
    assert await any_store.usage.total(day=today()) == Usage(2, 14, 4)
    assert await any_store.usage.total(day=today() - timedelta(days=1)) == Usage(1, 7, 2)


async def test_who_used_most_of_a_platform(any_store: Store) -> None:
    here = await new_channel(any_store, "a")
    for user, read in (("api:one", 5), ("api:two", 9), ("apiary:bee", 99), ("api:two", 1)):
        await any_store.commit(here.id, Commit(nodes=(), user=user, tokens_read=read, tokens_written=2))
    assert await any_store.usage.of_platform("api", today(), 9) == [("two", Usage(2, 10, 4)), ("one", Usage(1, 5, 2))]
    assert len(await any_store.usage.of_platform("api", today(), 1)) == 1
