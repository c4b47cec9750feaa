"""How often a channel is edited."""

import asyncio
import itertools
import time

import pytest

from bot.platforms.line.pacing import Pace


async def test_places_of_a_channel_are_an_interval_apart() -> None:
    pace, times = Pace(0.1), list[float]()

    async def write() -> None:
        for _ in range(3):
            await pace.wait("1")
            times.append(time.monotonic())

    await asyncio.gather(write(), write())
    assert len(times) == 6
    assert min(later - earlier for earlier, later in itertools.pairwise(times)) >= 0.099


async def test_a_slow_request_counts_from_its_end() -> None:
    pace = Pace(0.2)
    await pace.wait("1")
    await asyncio.sleep(0.1)
    pace.written("1")
    begun = time.monotonic()
    await pace.wait("1")
    assert time.monotonic() - begun >= 0.19


async def test_the_frames_of_all_channels_together_are_bounded() -> None:
    pace = Pace(0.0)
    begun = time.monotonic()
    for channel in range(11):
        await pace.wait(str(channel), frame=True)
    assert time.monotonic() - begun >= 10 / 20 - 0.01


async def test_whole_answers_do_not_wait_for_frames() -> None:
    pace = Pace(0.0)
    for channel in range(5):
        await pace.wait(str(channel), frame=True)
    with pytest.raises(StopIteration):
        pace.wait("9").send(None)  # it ends without waiting
