"""A replica that closes finishes its replies and takes no new ones."""

import asyncio

import pytest

from bot.errors import Busy
from bot.remote import running_replies
from bot.remote.reply_events import Unavailable
from bot.remote.running_replies import RunningReplies
from tests.waiting import until


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running_replies, "KEEP_SECONDS", 0.0)


async def test_as_many_as_the_limit() -> None:
    running = RunningReplies()
    running.begin(2)
    running.begin(2)
    with pytest.raises(Busy, match="2 requests"):
        running.begin(2)
    running.end()
    running.begin(2)
    assert len(running) == 2


async def test_draining_waits_for_the_last_and_takes_no_more() -> None:
    running = RunningReplies()
    running.begin(9)
    draining = asyncio.create_task(running.drain(600.0))
    await until(lambda: running.draining)
    with pytest.raises(Unavailable, match="closing"):
        running.begin(9)
    assert not draining.done()
    running.end()
    assert await draining


async def test_draining_ends_in_time_whoever_is_still_writing() -> None:
    running = RunningReplies()
    running.begin(9)
    assert not await running.drain(0.0)
    assert await RunningReplies().drain(600.0), "nothing to wait for"
