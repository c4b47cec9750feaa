"""Under load, with a bad network and a kill in the middle: every message is answered once, in order, at the pace."""

from pathlib import Path

import pytest

from tests.platforms.discord.load import Bot, Load, Shape, check, growth
from tests.wire_discord.server import wire_discord

FULL = Shape(channels=50, users=200, seconds=300.0, rate=2.0, disconnect_every=20.0, kill_after=150.0)
SHORT = Shape(channels=10, users=20, seconds=12.0, rate=1.5, disconnect_every=5.0, kill_after=6.0)


async def run(folder: Path, shape: Shape) -> tuple[Load, dict[str, float]]:
    async with wire_discord() as (wire, address):
        bot = Bot(folder, address)
        load = Load(wire, bot, shape)
        try:
            await load.run()
        finally:
            if bot.process is not None and bot.process.returncode is None:
                bot.process.kill()
                await bot.process.wait()
        figures = check(load)
        assert "Traceback" not in load.report.log
        print(figures, [[round(value) for _, value in life.memory[::15]] for life in load.report.lives])
        return load, figures


@pytest.mark.timeout(600)
async def test_a_short_load(tmp_path: Path) -> None:
    load, figures = await run(tmp_path, SHORT)
    assert figures["messages"] >= 10
    assert figures["disconnects"] >= 1
    assert len(load.report.lives) == 2


@pytest.mark.slow
@pytest.mark.load
@pytest.mark.timeout(1500)
async def test_fifty_channels_and_two_hundred_people_for_five_minutes(tmp_path: Path) -> None:
    load, figures = await run(tmp_path, FULL)
    assert figures["messages"] >= 400
    assert figures["disconnects"] >= 14
    for life in load.report.lives:
        begin, end = growth(life, 45.0)
        assert end - begin < max(25.0, 0.1 * begin)  # MB
