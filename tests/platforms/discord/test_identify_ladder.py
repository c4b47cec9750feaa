"""One session every five seconds, whichever process asks, and whatever the row contains."""

import asyncio

import pytest

from bot.platforms.discord.identify_ladder import LONGEST, SPACING, IdentifyLadder
from bot.platforms.discord.shard_leases import SCOPE
from tests.platforms.discord.test_shard_leases import Row


async def test_places_are_five_seconds_apart() -> None:
    row, waited = Row(), list[float]()

    async def sleep(seconds: float) -> None:
        waited.append(seconds)

    ladders = [IdentifyLadder(row, clock=lambda: 1000.0, sleep=sleep) for _ in range(2)]
    await asyncio.gather(*(ladders[number % 2].wait() for number in range(5)))
    assert sorted(waited) == pytest.approx([SPACING * place for place in range(1, 5)])


@pytest.mark.parametrize("value", ["x", 1e30, None, {}])
async def test_another_machines_clock_holds_nobody_up_for_ever(value: object) -> None:
    row, waited = Row(), list[float]()

    async def sleep(seconds: float) -> None:
        waited.append(seconds)

    await row.set(SCOPE, "identify", value)
    await IdentifyLadder(row, clock=lambda: 1000.0, sleep=sleep).wait()
    assert sum(waited) <= LONGEST
