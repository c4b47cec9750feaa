"""Under load, with a bridge that fails and drops and a kill in the middle: every message is answered once, in order."""

import socket
import statistics
from pathlib import Path

import pytest

from tests.platforms.many_people import Shape
from tests.platforms.onebot.load import Load, check

FULL = Shape(groups=50, users=200, seconds=300.0, rate=2.0, drop_every=20.0, kill_after=150.0)
SHORT = Shape(groups=5, users=10, seconds=12.0, rate=1.5, drop_every=5.0, kill_after=6.0)


async def run(folder: Path, shape: Shape) -> tuple[Load, dict[str, float]]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    load = Load(folder, port, shape)
    await load.run()
    figures = check(load)
    assert "Traceback" not in load.report.log, load.report.log[-3000:]
    print(figures, [[round(value) for value in life[::15]] for life in load.report.memory])
    return load, figures


@pytest.mark.timeout(600)
async def test_a_short_load(tmp_path: Path) -> None:
    _, figures = await run(tmp_path, SHORT)
    assert figures["messages"] >= 5
    assert figures["drops"] >= 1
    assert figures["lives"] == 2


@pytest.mark.slow
@pytest.mark.load
@pytest.mark.timeout(1500)
async def test_fifty_groups_and_two_hundred_people_for_five_minutes(tmp_path: Path) -> None:
    load, figures = await run(tmp_path, FULL)
    assert figures["messages"] >= 400
    for life in load.report.memory:
        begin, end = statistics.median(life[45:50]), statistics.median(life[-5:])
        assert end - begin < max(25.0, 0.1 * begin)  # MB
