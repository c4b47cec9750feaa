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


async def test_nothing_is_flushed_too_soon_nor_when_it_was_written_meanwhile() -> None:
    held, holders = HeldWrites(seconds=10 * PATIENCE), [Holder(), Holder()]
    for holder in holders:
        held.add(holder)
    for _ in range(5):
        await asyncio.sleep(0)
    assert [holder.flushed for holder in holders] == [0, 0]
    timers = [held._timer]
    for holder in (*holders, holders[1]):
        held.remove(holder)
        timers.append(held._timer)
    assert [timer is not None for timer in timers] == [True, True, False, False], "the loop is not woken for nothing"


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
