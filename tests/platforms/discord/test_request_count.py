"""Requests to Discord are counted by response status."""

from pathlib import Path

import aiohttp
import pytest

from bot.metrics import Metrics
from bot.platforms.discord.request_count import request_count
from tests.platforms.discord.talking import answered
from tests.platforms.discord.wire import connected


async def test_what_the_bot_sends_is_counted(tmp_path: Path) -> None:
    async with connected(tmp_path) as wired:
        await wired.wire.say("hello")
        await answered(wired.wire)
        assert wired.platform._metrics.value("roost_discord_requests_total", status="200") > 0


async def test_no_answer_is_counted_too() -> None:
    metrics = Metrics()
    async with aiohttp.ClientSession(trace_configs=[request_count(metrics)]) as session:
        with pytest.raises(aiohttp.ClientConnectionError):
            await session.get("http://127.0.0.1:9/")
    assert metrics.value("roost_discord_requests_total", status="none") == 1
