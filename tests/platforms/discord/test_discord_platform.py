"""Announcements, supervision, and discord.py's log messages about lost connections."""

import asyncio
import itertools
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest

from bot.platforms.discord import discord_platform, identify_limiter
from bot.platforms.discord.discord_platform import Backoff, prepare_library
from bot.platforms.discord.roost_client import RoostClient
from bot.platforms.discord.shard_leases import ShardLeases
from tests.platforms.discord.wire import Wired, connected, until


def test_a_lost_network_is_one_line_and_a_defect_is_not(caplog: pytest.LogCaptureFixture) -> None:
    prepare_library()
    prepare_library()
    log = logging.getLogger("discord.shard")
    for error in (aiohttp.ServerDisconnectedError(), KeyError("id")):
        try:
            raise error
        except Exception as caught:
            log.error("Attempting a reconnect for shard ID %s", 0, exc_info=caught)
    lost, defect = caplog.records
    assert lost.exc_info is None
    assert lost.getMessage() == "Attempting a reconnect for shard ID 0 (ServerDisconnectedError: Server disconnected)"
    assert defect.exc_info is not None
    assert len([each for each in log.filters if type(each).__name__ == "OneLine"]) == 1


async def test_announcements_reach_talk_channels_and_named_places_once(tmp_path: Path) -> None:
    async with connected(tmp_path) as wired:
        here = str(wired.wire.channel.id)
        assert await wired.platform.announce("Tea is ready.", [here, here, "no id", "7"]) == 1
        assert [message["content"] for message in wired.wire.answers()] == ["Tea is ready."]


@asynccontextmanager
async def claiming(folder: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[tuple[Wired, RoostClient]]:
    """A bot that claims its only shard, without the waits that are there for Discord's sake."""
    monkeypatch.setattr(identify_limiter, "SPACING", 0.0)
    monkeypatch.setattr(discord_platform, "BEAT", 0.05)
    monkeypatch.setattr(discord_platform, "FIRST_WAIT", 0.05)
    monkeypatch.setattr(Backoff, "delay", lambda _: 0.05)
    async with connected(folder, shard_count=1, claim_shards=True) as wired:
        client = wired.platform._client
        assert client is not None
        await until(lambda: client.hears_all)
        yield wired, client


def lose_leases(wired: Wired, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the next renewal fail as if the database had not answered for too long; later ones succeed."""
    leases = wired.platform._account.leases
    assert isinstance(leases, ShardLeases)
    renew = leases.renew

    async def lose(*, heard: bool) -> None:
        leases.held = frozenset()
        monkeypatch.setattr(leases, "renew", renew)
        raise TimeoutError("the database does not answer")

    monkeypatch.setattr(leases, "renew", lose)


async def replaced(wired: Wired, old: RoostClient) -> None:
    """Wait until a new client listens. Fails at once if nothing will ever start one."""
    supervisor = wired.platform._supervisor
    assert supervisor is not None

    def listens() -> bool:
        new = wired.platform._client
        return supervisor.done() or (new is not None and new is not old and new.hears_all)

    await until(listens)
    assert not supervisor.done(), "no client will be started any more"


async def test_a_connection_that_ends_while_its_client_closes_is_replaced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with claiming(tmp_path, monkeypatch) as (wired, client):
        gateway = wired.wire.gateway
        closing, go_on = asyncio.Event(), asyncio.Event()
        close = client._connection.close

        async def slow_close() -> None:
            closing.set()
            await go_on.wait()
            await close()

        monkeypatch.setattr(client._connection, "close", slow_close)
        gateway.offline = True  # a shard that is reconnecting ends `connect` as soon as its client is closing
        await gateway.drop()
        await until(lambda: all(each.is_closed() for each in client.shards.values()))
        lose_leases(wired, monkeypatch)
        await closing.wait()
        await until(lambda: wired.platform._client is None)
        gateway.offline = False
        go_on.set()
        await replaced(wired, client)


async def cancelled(*_: object, **__: object) -> None:
    raise asyncio.CancelledError


async def failing(*_: object, **__: object) -> None:
    raise KeyError("something that nobody expects")


@pytest.mark.parametrize("failure", [cancelled, failing])
@pytest.mark.parametrize("place", ["hold", "close", "setup_hook"])
async def test_whatever_ends_a_client_another_one_follows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str, failure: Callable[..., Awaitable[None]]
) -> None:
    async with claiming(tmp_path, monkeypatch) as (wired, client):
        right, often = getattr(RoostClient, place), itertools.count()

        async def wrong(self: RoostClient, *given: object) -> None:
            await right(self, *given)
            if next(often) == 0:
                await failure()

        monkeypatch.setattr(RoostClient, place, wrong)
        lose_leases(wired, monkeypatch)
        await replaced(wired, client)
        assert next(often) > 0, "nothing has failed"


async def test_what_new_shards_missed_is_recorded_before_they_are_connected(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with claiming(tmp_path, monkeypatch) as (wired, client):
        leases, recovery = wired.platform._account.leases, wired.platform._account.recovery
        assert isinstance(leases, ShardLeases)
        renew, recorded = leases.renew, asyncio.Event()
        held: list[object] = []

        async def take_over(*, heard: bool) -> str:
            leases.held = frozenset({0, 1})
            monkeypatch.setattr(leases, "renew", keep)
            return "2026-01-01T00:00:00+00:00"

        async def keep(*, heard: bool) -> None:
            assert not heard, "nobody has listened to the new shard yet"

        async def look_back(heard: str) -> None:
            if not held:
                raise OSError("no database")
            held.append(heard)
            recorded.set()

        async def hold(shards: frozenset[int]) -> None:
            held.append(shards)

        monkeypatch.setattr(recovery, "look_back", look_back)
        monkeypatch.setattr(client, "hold", hold)
        monkeypatch.setattr(leases, "renew", take_over)
        await recorded.wait()
        await until(lambda: held[-1] == frozenset({0, 1}))
        assert held[:2] == [frozenset({0}), "2026-01-01T00:00:00+00:00"]
        monkeypatch.setattr(leases, "renew", renew)
