"""How often a channel is edited."""

import asyncio
import itertools
import time
from collections import Counter

import pytest

from bot.platforms.line.pacing import Pacer
from bot.platforms.line.request_budget import RequestBudget
from tests.waiting import PATIENCE


async def test_places_of_a_channel_are_an_interval_apart() -> None:
    pacer, times = Pacer(0.1), list[float]()

    async def write() -> None:
        for _ in range(3):
            await pacer.wait("1")
            times.append(time.monotonic())

    await asyncio.gather(write(), write())
    assert len(times) == 6
    assert min(later - earlier for earlier, later in itertools.pairwise(times)) >= 0.099


async def test_a_slow_request_counts_from_its_end() -> None:
    pacer = Pacer(0.2)
    await pacer.wait("1")
    await asyncio.sleep(0.1)
    pacer.written("1")
    begun = time.monotonic()
    await pacer.wait("1")
    assert time.monotonic() - begun >= 0.19


async def test_the_frames_of_all_channels_together_are_bounded() -> None:
    pacer = Pacer(0.0)
    begun = time.monotonic()
    for channel in range(11):
        await pacer.wait(str(channel), frame=True)
    assert time.monotonic() - begun >= 10 / 20 - 0.01


async def test_whole_answers_do_not_wait_for_frames() -> None:
    pacer = Pacer(0.0)
    for channel in range(5):
        await pacer.wait(str(channel), frame=True)
    with pytest.raises(StopIteration):
        pacer.wait("9").send(None)  # it ends without waiting


async def test_growing_answers_take_turns() -> None:
    pacer, shown = Pacer(0.0, 1000.0), Counter[str]()

    async def grow(channel: str) -> None:
        while sum(shown.values()) < 60:
            await pacer.wait(channel, frame=True)
            shown[channel] += 1
            await asyncio.sleep(0)

    async with asyncio.TaskGroup() as group:
        for channel in range(20):
            group.create_task(grow(str(channel)))
    assert set(shown) == {str(channel) for channel in range(20)}
    assert max(shown.values()) - min(shown.values()) <= 1, "the interval grows alike for all"


async def test_frames_wait_while_other_requests_use_up_the_budget() -> None:
    now = 0.0
    budget = RequestBudget(10.0, 4.0, clock=lambda: now)
    pacer = Pacer(0.0, 1000.0, budget)
    for _ in range(8):
        budget.reserve()
    assert not pacer.has_room()
    frame = asyncio.create_task(pacer.wait("1", frame=True))
    pace_of_an_answer = asyncio.create_task(pacer.wait("2"))
    await pace_of_an_answer
    assert not frame.done()
    now = 10.0
    assert pacer.has_room()
    async with asyncio.timeout(PATIENCE):
        await frame
