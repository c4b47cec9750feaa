"""The single transaction of a turn, and the number of transactions per message."""

from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from bot.events import Words
from bot.store.connection import reading
from bot.store.connection_queue import SERVER_CONNECTIONS
from bot.store.store import Commit, Store, open_store
from tests.conversations import SEED, last, open_conversations
from tests.fakes import FakeEngine
from tests.store.commits import Commits
from tests.store.trees import new_channel, said, turn


async def test_a_commit_is_all_or_nothing(any_store: Store) -> None:
    channel = await new_channel(any_store)
    bad = Commit(nodes=[turn(channel.head, 1), turn(channel.head, 2)], head=5, messages=[said("1")])
    with pytest.raises(IndexError):
        await any_store.commit(channel.id, bad)
    assert await any_store.nodes.count() == 1
    assert await any_store.messages.find("test", "a", "1") is None
    assert (await any_store.usage.total()).turns == 0


async def test_a_plain_message_takes_three_write_transactions(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with open_conversations(tmp_path, FakeEngine()) as conversations:
        store = conversations.core.store
        talk = await conversations.open("test", "a")
        await last(talk.chat("hello", author="Ann", options=SEED))
        commits = Commits(monkeypatch)
        assert await store.inbox.take("test", "a", "m1", user="test:1")
        assert commits.count == 1
        options = SEED.__class__(sampling={"seed": 7}, user="test:1", messages=(Words("m1", ""),), answers=("m1",))
        final = await last(talk.chat("and again", author="Ann", options=options))
        assert commits.count == 2
        assert final.node is not None
        (entry,) = await store.inbox.open("test")
        assert entry.node == final.node.id, "whoever comes after a crash delivers this turn"
        await store.inbox.delivered("test", "a", ["m1"], ["r1", "r2"], final.node.id)
        assert commits.count == 3
        assert await store.inbox.open("test") == []
        found = [await store.messages.find("test", "a", message) for message in ("m1", "r1", "r2")]
        assert found == [final.node.id] * 3


async def test_going_back_and_on_writes_only_where_head_stands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with open_conversations(tmp_path, FakeEngine(), state_memory=0) as conversations:
        talk = await conversations.open("test", "a")
        for text in ("one", "two", "three"):
            await last(talk.chat(text, author="Ann", options=SEED))
        commits = Commits(monkeypatch)
        await talk.channel.undo()
        assert commits.count == 1
        handle, _ = await conversations.core.states.resume(talk.channel.head)
        assert handle is not None
        assert commits.count == 1, "resuming from the disk writes nothing"


@pytest.mark.postgresql
async def test_heartbeats_do_not_wait_behind_slow_queries(postgresql_url: str, tmp_path: Path) -> None:
    async with open_store(postgresql_url, tmp_path) as store, AsyncExitStack() as slow:
        for _ in range(SERVER_CONNECTIONS):  # anything else waits now
            await slow.enter_async_context(reading(store.engine))
        assert await store.heartbeats.update("discord", "shards", lambda _: 1) == 1
        await slow.aclose()
        assert await store.values.get("discord", "shards") == 1
