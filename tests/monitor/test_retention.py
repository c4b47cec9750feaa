"""Automatic deletion of old data."""

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import update

from bot.chat.conversations import Conversations
from bot.chat.turn import TurnOptions
from bot.config.schema import PrivacySection
from bot.monitor import retention as module
from bot.monitor.retention import Retention
from bot.policy.departures import Departures
from bot.policy.scopes import DEPARTURES
from bot.store.connection import now, writing
from bot.store.integrity import check
from bot.store.store import open_store
from bot.store.tables import nodes
from tests.conversations import last, open_conversations
from tests.fakes import FakeEngine
from tests.store.test_forgetting import everything
from tests.waiting import until, until_asked

KEPT = PrivacySection(keep_days=30.0)
GONE = PrivacySection(delete_left=True, left_days=7.0)


def retention(conversations: Conversations, settings: PrivacySection) -> Retention:
    store = conversations.core.store
    return Retention(conversations, Departures(store.values), settings, store)


async def say(conversations: Conversations, words: str, channel: str = "a", guild: str | None = None) -> None:
    talk = await conversations.open("test", channel, guild)
    await last(talk.chat(words, author="Ann", options=TurnOptions(user="test:1")))


async def age(conversations: Conversations, days: float) -> None:
    """Make everything said so far old."""
    async with writing(conversations.core.store.engine) as connection:
        await connection.execute(update(nodes).values(created=now() - timedelta(days=days)))


async def test_old_words_go_and_the_talk_goes_on_without_them(tmp_path: Path) -> None:
    engine = FakeEngine()
    async with open_conversations(tmp_path, engine) as conversations:
        await say(conversations, "an old secret")
        await say(conversations, "elsewhere", "b")
        await age(conversations, 31)
        await say(conversations, "something new")
        await retention(conversations, PrivacySection()).work()
        assert "old secret" in await everything(conversations.core.store)
        await retention(conversations, KEPT).work()
        left = await everything(conversations.core.store)
        assert "old secret" not in left
        assert "elsewhere" not in left
        assert "something new" in left
        await say(conversations, "go on")
        assert "secret" not in engine.coder.decode(engine.requests[-1].tokens)
        talk = await conversations.open("test", "a")
        assert [turn.input for turn in await talk.channel.history()][1:] == ["", "something new", "go on"]
        assert await check(conversations.core.store.engine) == []


async def left(conversations: Conversations, kind: str, number: str, days: float) -> None:
    since = (now() - timedelta(days=days)).isoformat()
    await conversations.core.store.values.set(DEPARTURES, f"test:{kind}:{number}", since)


async def test_a_server_that_removed_the_bot_is_forgotten_after_its_grace(tmp_path: Path) -> None:
    async with open_conversations(tmp_path, FakeEngine()) as conversations:
        values = conversations.core.store.values
        for channel, guild in (("a", "g1"), ("b", "g1"), ("c", "g2"), ("d", "g3"), ("e", None)):
            await say(conversations, f"words of {channel}", channel, guild)
        await values.set("access", "test:g1", {"user:9": "block"})
        await values.set("user:test:g1:9", "language", "ja")
        await values.set("user:test:g11:9", "language", "zh_CN")
        await age(conversations, 10)
        await left(conversations, "guild", "g1", 8)
        await left(conversations, "guild", "g2", 6)  # not old enough
        await left(conversations, "guild", "g3", 8)
        await left(conversations, "channel", "e", 8)
        await say(conversations, "it is back", "d", "g3")
        await retention(conversations, PrivacySection()).work()
        assert "words of a" in await everything(conversations.core.store)
        await retention(conversations, GONE).work()
        kept = await everything(conversations.core.store)
        assert [name for name in "abcde" if f"words of {name}" in kept] == ["c", "d"]
        assert "block" not in kept
        assert "ja" not in await values.items("user:test:g1:9")
        assert await values.items("user:test:g11:9") == {"language": "zh_CN"}
        assert await check(conversations.core.store.engine) == []
        assert [each.id for each in await Departures(values).before(now())] == ["g2"]
        assert set(await values.items(DEPARTURES)) == {"test:guild:g2", "test:guild:g3"}
        await say(conversations, "hello again", "a", "g1")


async def test_a_failure_is_logged_and_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(module, "FIRST_SECONDS", 0.0)
    monkeypatch.setattr(module, "EVERY_SECONDS", 0.0)
    async with open_conversations(tmp_path, FakeEngine()) as conversations:
        await say(conversations, "old")
        await age(conversations, 31)
        expire, failures = conversations.core.store.channels_before, iter([OSError("the disk is gone")])

        async def channels_before(before: object) -> set[int]:
            for failure in failures:
                raise failure
            return await expire(before)  # type: ignore[arg-type]

        monkeypatch.setattr(conversations.core.store, "channels_before", channels_before)
        running = asyncio.create_task(retention(conversations, KEPT).run())

        async def deleted() -> bool:
            return "Ann" not in await everything(conversations.core.store)

        await until_asked(deleted)
        running.cancel()
        await until(running.done)
        assert "could not be deleted" in caplog.text


async def test_nothing_runs_where_everything_is_kept(tmp_path: Path) -> None:
    async with open_conversations(tmp_path, FakeEngine()) as conversations:
        await retention(conversations, PrivacySection()).run()  # returns


async def test_one_of_several_processes_deletes(tmp_path: Path) -> None:
    async with open_conversations(tmp_path, FakeEngine()) as conversations, open_store("", tmp_path) as other:
        await say(conversations, "an old secret")
        await age(conversations, 31)
        async with other.sole_worker("prune"):
            await retention(conversations, KEPT).work()
            assert "old secret" in await everything(other)
        await retention(conversations, KEPT).work()
        assert "old secret" not in await everything(other)
