"""The platform over the wire: the unchanged discord.py, HTTP and a gateway."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from discord.gateway import DiscordWebSocket
from discord.http import Route
from pydantic import SecretStr

from bot.assembly import open_dispatcher
from bot.config import Config, DiscordSection
from bot.platforms.discord.platform import DiscordPlatform
from tests.fakes import FakeEngine
from tests.house import open_house
from tests.wire_discord.server import WireDiscord, wire_discord


@pytest.fixture(autouse=True)
def _bases(monkeypatch: pytest.MonkeyPatch) -> None:
    """discord.py's addresses are put back after each test."""
    monkeypatch.setattr(Route, "BASE", Route.BASE)
    monkeypatch.setattr(DiscordWebSocket, "DEFAULT_GATEWAY", DiscordWebSocket.DEFAULT_GATEWAY)


@asynccontextmanager
async def connected(folder: Path) -> AsyncIterator[WireDiscord]:
    async with wire_discord() as (wire, address):
        section = DiscordSection(
            token=SecretStr("MTAw.wire.token"), shard_count=1, edit_interval_s=0.2,
            api_base=f"http://{address}/api", gateway_url=f"ws://{address}/gateway/",
        )  # fmt: skip
        config = Config(discord=section)
        async with open_house(folder, FakeEngine()) as house, open_dispatcher(config, house) as dispatcher:
            platform = DiscordPlatform(section, dispatcher)
            await platform.start()
            try:
                await asyncio.wait_for(wire.ready.wait(), 10)
                yield wire
            finally:
                await platform.close()


async def until(true: Callable[[], bool]) -> None:
    for _ in range(200):
        if true():
            return
        await asyncio.sleep(0.05)
    raise AssertionError("not within ten seconds")


async def test_a_mention_is_answered_once_though_the_event_comes_twice(tmp_path: Path) -> None:
    async with connected(tmp_path) as wire:
        said = await wire.say("hello")
        await wire.tell("MESSAGE_CREATE", said)
        await until(lambda: len(wire.posted) == 1)
        await asyncio.sleep(0.5)
        assert len(wire.posted) == 1


async def test_a_refused_post_is_made_again(tmp_path: Path) -> None:
    async with connected(tmp_path) as wire:
        wire.refuse = 2
        await wire.say("hello")
        await until(lambda: len(wire.posted) == 1)
        assert wire.refuse == 0


async def test_an_event_that_cannot_be_parsed_only_costs_the_connection(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with connected(tmp_path) as wire:
        wire.ready.clear()
        await wire.tell("CHANNEL_CREATE", {"nonsense": True})
        await asyncio.wait_for(wire.ready.wait(), 10)
        assert wire.connections == 2
        assert "at the event CHANNEL_CREATE" in caplog.text
        await wire.say("still there?")
        await until(lambda: len(wire.posted) == 1)
