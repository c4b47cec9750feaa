"""Under load, with a bad network and a kill: every message is answered once, in order, within rate limits."""

import itertools
from pathlib import Path

import pytest

from tests.platforms.discord.load import Load
from tests.platforms.many_people import FULL, SHORT, Shape
from tests.wire_discord.server import WireDiscord, wire_discord


async def run(folder: Path, shape: Shape) -> tuple[Load, dict[str, float]]:
    async with wire_discord() as (wire, address):
        load = Load(folder, wire, address, shape)
        figures = await load.checked()
    assert_well_behaved(wire)
    return load, figures


def assert_well_behaved(wire: WireDiscord) -> None:
    """Check that no request exceeds a rate limit or is invalid."""
    gaps = [b - a for times in wire.rates.edits.values() for a, b in itertools.pairwise(times)]
    print({
        "edits": sum(map(len, wire.rates.edits.values())), "requests": len(wire.requests),
        "refused": wire.rates.refused, "resumed": wire.gateway.resumed, "identified": wire.gateway.identified,
        "smallest gap": min(gaps, default=None),
    })  # fmt: skip
    assert not wire.rates.over, wire.rates.over
    assert all(gap >= 0.95 for gap in gaps), f"two edits of a channel within {min(gaps):.2f} s"
    assert not wire.refusals, wire.refusals
    assert not wire.gateway.faults, wire.gateway.faults


@pytest.mark.timeout(600)
async def test_a_short_load(tmp_path: Path) -> None:
    _, figures = await run(tmp_path, SHORT)
    assert figures["messages"] >= 5
    assert figures["drops"] >= 1
    assert figures["lives"] == 2


@pytest.mark.slow
@pytest.mark.load
@pytest.mark.timeout(1500)
async def test_fifty_channels_and_two_hundred_people_for_five_minutes(tmp_path: Path) -> None:
    load, figures = await run(tmp_path, FULL)
    assert figures["messages"] >= 400
    assert figures["drops"] >= 14
    load.assert_memory_is_flat()
