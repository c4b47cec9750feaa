"""Requests to Discord are spaced by the global rate limit and counted by response status."""

from pathlib import Path

import aiohttp
import pytest
from discord.http import Route
from yarl import URL

from bot.metrics import Metrics
from bot.platforms.discord.link import passing
from bot.platforms.discord.watched_requests import is_limited, watched_requests
from bot.platforms.line.request_budget import RequestBudget
from tests.platforms.discord.talking import answered
from tests.platforms.discord.wire import connected


async def test_what_the_bot_sends_is_counted(tmp_path: Path) -> None:
    async with connected(tmp_path) as wired:
        await wired.wire.say("hello")
        await answered(wired.wire)
        assert wired.platform._metrics.value("roost_discord_requests_total", status="200") > 0


async def test_no_answer_is_counted_too() -> None:
    metrics = Metrics()
    async with aiohttp.ClientSession(trace_configs=[watched_requests(metrics, RequestBudget())]) as session:
        with pytest.raises(aiohttp.ClientConnectionError):
            await session.get("http://127.0.0.1:9/")
    assert metrics.value("roost_discord_requests_total", status="none") == 1


@pytest.mark.parametrize(
    ("path", "limited"),
    [
        ("/channels/1/messages", True),
        ("/webhooks/7/a-character", True),
        ("/webhooks/9/an-interaction", False),
        ("/interactions/1/token/callback", False),
    ],
)
def test_answers_to_interactions_have_no_global_limit(path: str, limited: bool) -> None:
    assert is_limited(URL(Route.BASE + path), 9) is limited


def test_other_servers_are_not_counted() -> None:
    assert not is_limited(URL("https://files.example.org/channels/1/messages"), 9)


async def test_a_request_waits_for_its_place(tmp_path: Path) -> None:
    waited = list[float]()

    async def sleep(seconds: float) -> None:
        waited.append(seconds)

    async with connected(tmp_path) as wired:
        budget = RequestBudget(0.5, clock=lambda: 0.0, sleep=sleep)
        trace = watched_requests(Metrics(), budget)
        async with aiohttp.ClientSession(trace_configs=[trace]) as session:
            for _ in range(3):
                async with session.get(f"{Route.BASE}/gateway"):
                    pass
        assert waited == [2.0, 4.0]
        assert wired.platform.describe()


async def test_a_request_whose_session_closes_while_it_waits_is_tried_again() -> None:
    async def sleep(_: float) -> None:
        await session.close()  # this process has given its shards up

    budget = RequestBudget(0.5, clock=lambda: 0.0, sleep=sleep)
    budget.reserve()
    session = aiohttp.ClientSession(trace_configs=[watched_requests(Metrics(), budget)])
    with pytest.raises(aiohttp.ClientConnectionError) as raised:
        await session.get(f"{Route.BASE}/channels/1/messages")
    assert passing(raised.value)
