"""The simulation of many servers: more people cost more, and excess load is refused."""

from dataclasses import replace

from tools.scale import Load, report, simulate

SMALL = Load(guilds=1000, seconds=60.0, warm=5.0, replicas=2, rows=8, queue=8, memory_mb=400)


async def test_what_is_too_much_is_refused_and_the_rest_answered() -> None:
    usual, _ = await simulate(SMALL)
    crowd, disks = await simulate(replace(SMALL, burst=60.0))
    assert usual.turns > 20
    assert usual.refused == 0
    assert crowd.turns > 5 * usual.turns
    assert crowd.refused > 0
    assert max(crowd.rows) == SMALL.rows
    text = report(SMALL, crowd, disks)
    assert "refused as busy" in text
    assert "requests/s of 50" in text


async def test_little_memory_costs_reading_or_the_disk() -> None:
    roomy, _ = await simulate(replace(SMALL, memory_mb=100_000, burst=5))
    tight, disks = await simulate(replace(SMALL, memory_mb=60, burst=5))
    assert roomy.loads == 0
    assert tight.loads + tight.misses > roomy.loads + roomy.misses
    assert disks.nbytes > 0
