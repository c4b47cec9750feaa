"""Writes that wait for one another."""

import asyncio

import pytest

from bot.platforms.web.held_writes import HeldWrites
from tests.waiting import PATIENCE, until


class Holder:
    """Counts its flushes."""

    def __init__(self, *, broken: bool = False) -> None:
        self.broken = broken
        self.flushed = 0

    def flush(self) -> None:
        self.flushed += 1
        if self.broken:
            raise ValueError("broken")


async def test_what_follows_a_pause_is_flushed_at_once_and_what_follows_that_is_not() -> None:
    held, first, others = HeldWrites(seconds=10 * PATIENCE), Holder(), [Holder(), Holder()]
    held._last = asyncio.get_running_loop().time() - 20 * PATIENCE
    held.add(first)
    assert not first.flushed
    await until(lambda: first.flushed == 1)
    for other in others:
        held.add(other)
    for _ in range(5):
        await asyncio.sleep(0)
    assert [other.flushed for other in others] == [0, 0]


async def test_all_are_flushed_together_and_each_once() -> None:
    held, holders = HeldWrites(seconds=0.01), [Holder(), Holder()]

    async def flushed(count: int) -> list[int]:
        for holder in holders:
            held.add(holder)
        await until(lambda: holders[0].flushed == count)
        return [holder.flushed for holder in holders]

    assert [await flushed(count) for count in (1, 2, 3)] == [[1, 1], [2, 2], [3, 3]]


async def test_one_that_breaks_does_not_keep_the_others(caplog: pytest.LogCaptureFixture) -> None:
    held, broken, whole = HeldWrites(), Holder(broken=True), Holder()
    held.add(broken)
    held.add(whole)
    await until(lambda: whole.flushed == 1)
    assert "could not be written" in caplog.text
    held.add(whole)
    await until(lambda: whole.flushed == 2)
