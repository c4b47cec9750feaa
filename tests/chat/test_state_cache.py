"""States by name: shared by equal paths, found again after a model switch, rebuilt when lost."""

from pathlib import Path

import pytest
from sqlalchemy import text

from bot.chat.state_cache import StateCache
from bot.store.connection import reading
from tests.conversations import SEED, last, open_conversations
from tests.fakes import FakeEngine


async def test_channels_that_say_the_same_share_their_states(tmp_path: Path) -> None:
    engine = FakeEngine()
    async with open_conversations(tmp_path, engine) as conversations:
        one, two = [await conversations.open("test", name) for name in ("a", "b")]
        for talk in (one, two):
            await last(talk.chat("hello", author="Ann", options=SEED))
        assert one.channel.head.digest == two.channel.head.digest
        await conversations.core.states.close(60)
        assert await conversations.core.store.states.nbytes() > 0
        async with reading(conversations.core.store.states._file.engine) as connection:  # type: ignore[union-attr]
            rows = (await connection.execute(text("SELECT kind FROM states ORDER BY kind"))).scalars().all()
        assert list(rows) == ["prompt", "turn"], "one each, for both"


async def test_a_restart_reads_nothing_anew(tmp_path: Path) -> None:
    async with open_conversations(tmp_path, FakeEngine()) as conversations:
        await last((await conversations.open("test", "a")).chat("hello", author="Ann", options=SEED))
    engine = FakeEngine()
    async with open_conversations(tmp_path, engine) as conversations:
        talk = await conversations.open("test", "a")
        await last(talk.chat("again", author="Ann", options=SEED))
        assert engine.tokens_read == 1 + len(talk.channel.head.input_tokens)


async def test_a_model_switched_and_back_finds_its_states(tmp_path: Path) -> None:
    engine = FakeEngine()
    async with open_conversations(tmp_path, engine) as conversations:
        talk = await conversations.open("test", "a")
        await last(talk.chat("one", author="Ann", options=SEED))
        place = talk.channel.head.id
        engine.fingerprint = "fake-2"
        await last(talk.chat("two", author="Ann", options=SEED))
        engine.fingerprint = "fake-1"
        await talk.channel.go(place)
        before = engine.tokens_read
        await last(talk.chat("three", author="Ann", options=SEED))
        assert engine.tokens_read - before == 1 + len(talk.channel.head.input_tokens)


async def test_a_prompts_state_is_used_again_and_known_to_be(tmp_path: Path) -> None:
    async with open_conversations(tmp_path, FakeEngine()) as conversations:
        await last((await conversations.open("test", "a")).chat("hello", author="Ann", options=SEED))
    async with open_conversations(tmp_path, FakeEngine()) as conversations:
        query = text("SELECT used FROM states WHERE kind = 'prompt'")
        async with reading(conversations.core.store.states._file.engine) as connection:  # type: ignore[union-attr]
            before = (await connection.execute(query)).scalar_one()
        await last((await conversations.open("test", "b")).chat("hi", author="Ann", options=SEED))
        await conversations.core.states.close(60)
        async with reading(conversations.core.store.states._file.engine) as connection:  # type: ignore[union-attr]
            assert (await connection.execute(query)).scalar_one() > before


async def test_memory_and_disk_are_bounded(tmp_path: Path) -> None:
    engine = FakeEngine()
    async with open_conversations(tmp_path, engine, state_memory=64 * 3, state_budget=20_000) as conversations:
        for number in range(30):
            await last((await conversations.open("test", str(number))).chat(f"{number}", author="Ann", options=SEED))
        cache: StateCache = conversations.core.states
        assert cache.cached_bytes <= 64 * 3
        await cache.close(60)
        assert 0 < await conversations.core.store.states.nbytes() <= 20_000


async def test_what_is_forgotten_is_neither_at_hand_nor_written_later(tmp_path: Path) -> None:
    async with open_conversations(tmp_path, FakeEngine()) as conversations:
        talk = await conversations.open("test", "a")
        cache: StateCache = conversations.core.states
        await last(talk.chat("hello", author="Ann", options=SEED))
        first = talk.channel.head
        await last(talk.chat("again", author="Ann", options=SEED))
        held = cache.cached_bytes
        assert await cache.has(talk.channel.head)
        await cache.forget([talk.channel.head.digest])
        assert not await cache.has(talk.channel.head)
        assert await cache.has(first)
        assert cache.cached_bytes < held
        await cache.close(60)
        assert not await cache.has(talk.channel.head), "nor does a write that had begun bring it back"


async def test_states_of_one_moment_are_written_together(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.chat.state_cache.GATHERING", 60.0)
    async with open_conversations(tmp_path, FakeEngine()) as conversations:
        for number in range(5):
            await last((await conversations.open("test", str(number))).chat(f"{number}", author="Ann", options=SEED))
        assert await conversations.core.store.states.nbytes() == 0
        await conversations.core.states.close(60)
        assert conversations.core.metrics.total("roost_state_write_seconds")[0] == 1
        assert await conversations.core.store.states.nbytes() > 0


async def test_one_who_waits_for_the_write_does_not_wait_for_more_states(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.chat.state_cache.GATHERING", 3600.0)
    async with open_conversations(tmp_path, FakeEngine()) as conversations:
        talk = await conversations.open("test", "a")
        await last(talk.chat("hello", author="Ann", options=SEED))
        await conversations.core.states.forget([talk.channel.head.digest])
        monkeypatch.setattr("bot.chat.state_cache.MAX_UNSAVED_BYTES", 0)
        await last(talk.chat("again", author="Ann", options=SEED))
        await last(talk.chat("and again", author="Ann", options=SEED))
        assert await conversations.core.store.states.nbytes() > 0
