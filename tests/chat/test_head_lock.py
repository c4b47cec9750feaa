"""Several processes on one database: HEAD moves only from its current node, whichever process moved it."""

import asyncio
from pathlib import Path

import pytest

from bot.chat.head_lock import HeadLock
from bot.store.channels import HeadMoved
from bot.store.store import Commit
from tests.conversations import SEED, last, open_conversations
from tests.fakes import FakeEngine


async def test_whoever_cannot_catch_up_does_not_keep_the_lock() -> None:
    async def fail() -> None:
        raise OSError

    lock = HeadLock(fail)
    for _ in range(2):
        with pytest.raises(OSError):  # noqa: PT011  # the one above
            async with lock:
                raise AssertionError
    assert not lock.locked()


async def test_two_processes_in_one_channel_make_one_path(tmp_path: Path) -> None:
    async with open_conversations(tmp_path, FakeEngine()) as one, open_conversations(tmp_path, FakeEngine()) as other:
        here, there = await one.open("test", "a"), await other.open("test", "a")
        for number in range(4):
            talk = (here, there)[number % 2]
            await last(talk.chat(f"{number}", author="Ann", options=SEED))
        await here.channel.set_setting("temperature", 0.5)
        await there.channel.undo()
        assert there.channel.settings["temperature"] == 0.5
        await last(here.chat("after", author="Ann", options=SEED))
        assert [node.input for node in (await there.channel.path())[1:]] != []
        async with there.channel.lock:
            pass
        assert [node.input for node in (await there.channel.path())[1:]] == ["0", "1", "2", "after"]


async def test_a_head_that_moved_meanwhile_is_not_overwritten(tmp_path: Path) -> None:
    async with open_conversations(tmp_path, FakeEngine()) as one, open_conversations(tmp_path, FakeEngine()) as other:
        here, there = await one.open("test", "a"), await other.open("test", "a")
        await last(here.chat("first", author="Ann", options=SEED))
        async with here.channel.lock, there.channel.lock:
            root = await here.channel.node(here.channel.head.parent or 0)
            await there.channel.move(root)
            count = await one.core.store.nodes.count()
            with pytest.raises(HeadMoved, match="say it again"):
                await here.channel.commit(Commit(nodes=[here.channel.head], head=0))
            assert await one.core.store.nodes.count() == count, "nothing was written"
            with pytest.raises(HeadMoved):
                await here.channel.move(here.channel.head)
        async with here.channel.lock:
            assert here.channel.head.id == root.id


async def test_many_at_once_lose_nothing(tmp_path: Path) -> None:
    """Refused turns are repeated; in the end all turns are on one path."""
    async with open_conversations(tmp_path, FakeEngine()) as one, open_conversations(tmp_path, FakeEngine()) as other:
        talks = await one.open("test", "a"), await other.open("test", "a")

        async def say(number: int) -> None:
            while True:
                try:
                    await last(talks[number % 2].chat(f"{number}", author="Ann", options=SEED))
                except HeadMoved:
                    await asyncio.sleep(0)
                else:
                    return

        await asyncio.gather(*(say(number) for number in range(10)))
        async with talks[0].channel.lock:
            path = await talks[0].channel.path()
        assert sorted(node.input for node in path[1:]) == [str(number) for number in range(10)]
