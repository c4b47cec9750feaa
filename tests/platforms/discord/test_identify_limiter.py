"""One session every five seconds, whichever process asks, and whatever the row contains."""

import asyncio
import itertools
from pathlib import Path

import pytest

from bot.platforms.discord.identify_limiter import MAX_WAIT, SPACING, IdentifyLimiter
from bot.platforms.discord.shard_leases import SCOPE
from bot.store.store import open_store
from tests.platforms.discord.test_shard_leases import Row


async def test_places_are_five_seconds_apart() -> None:
    row, waited = Row(), list[float]()

    async def sleep(seconds: float) -> None:
        waited.append(seconds)

    ladders = [IdentifyLimiter(row, sleep=sleep) for _ in range(2)]
    await asyncio.gather(*(ladders[number % 2].wait() for number in range(5)))
    assert sorted(waited) == pytest.approx([SPACING * place for place in range(1, 5)])


@pytest.mark.parametrize("value", ["x", 1e30, None, {}])
async def test_another_machines_clock_holds_nobody_up_for_ever(value: object) -> None:
    row, waited = Row(), list[float]()

    async def sleep(seconds: float) -> None:
        waited.append(seconds)

    await row.set(SCOPE, "identify", value)
    await IdentifyLimiter(row, sleep=sleep).wait()
    assert sum(waited) <= MAX_WAIT


async def test_the_clocks_of_the_machines_do_not_matter(store_url: str, tmp_path: Path) -> None:
    waited = list[float]()

    async def sleep(seconds: float) -> None:
        waited.append(seconds)

    async with open_store(store_url, tmp_path) as one, open_store(store_url, tmp_path) as other:
        ladders = [IdentifyLimiter(store.values, sleep=sleep) for store in (one, other)]
        began = await one.values.seconds()
        await asyncio.gather(*(ladders[number % 2].wait() for number in range(4)))
        passed = await one.values.seconds() - began
    places = [0.0, *sorted(waited)]
    for earlier, later in itertools.pairwise(places):
        assert SPACING - passed <= later - earlier <= SPACING + passed
