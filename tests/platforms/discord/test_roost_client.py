"""A client that is one of several."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import discord
import pytest
from discord.gateway import DiscordWebSocket

from bot.platforms.discord import identify_limiter
from bot.platforms.discord.roost_client import RoostClient
from bot.platforms.discord.shard_leases import ShardLeases
from tests.platforms.discord.wire import connected, until


async def test_a_session_that_ends_while_history_is_read_opens_no_gate(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with connected(tmp_path) as wired:
        client = wired.platform._client
        assert client is not None
        await until(lambda: client.hears_all)
        read = [asyncio.Event(), asyncio.Event()]
        events = iter(read)

        async def slowly(*_: object) -> None:
            await next(events).wait()

        monkeypatch.setattr(client.account.recovery, "run", slowly)
        work = []
        for _ in read:
            await client.on_shard_connect(0)
            work.append(asyncio.create_task(client.on_shard_ready(0)))
            await asyncio.sleep(0)
        read[0].set()
        await work[0]
        assert not client.account.line.open.is_set()
        read[1].set()
        await work[1]
        assert client.account.line.open.is_set()


@asynccontextmanager
async def sharing(folder: Path) -> AsyncIterator[RoostClient]:
    """A client that holds the shards 0 and 1 of a shared bot, and is not connected."""
    async with connected(folder) as wired:
        account = wired.platform._account
        leases = ShardLeases(account.store.values, 2)
        yield RoostClient(replace(account, leases=leases), shards={0, 1})


async def test_a_shard_given_up_before_it_is_ready_holds_nobody_back(tmp_path: Path) -> None:
    async with sharing(tmp_path) as client:
        await client.on_shard_connect(1)
        assert not client.account.line.open.is_set()
        await client.hold(frozenset({0}))
        assert client.account.line.open.is_set()
        await client.on_shard_connect(1)
        assert client.account.line.open.is_set(), "its session began too late"


async def test_a_shard_given_up_while_it_waits_is_not_connected(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    launched = []

    async def launch(_: object, __: object, shard: int, **___: object) -> None:
        launched.append(shard)

    async with sharing(tmp_path) as client:
        monkeypatch.setattr(discord.AutoShardedClient, "launch_shard", launch)
        await client.hold(frozenset({0}))
        for shard in range(2):
            await client.launch_shard(DiscordWebSocket.DEFAULT_GATEWAY, shard)
        assert launched == [0]


async def test_a_shard_given_up_while_it_reconnects_does_not_come_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(identify_limiter, "SPACING", 0.0)
    async with connected(tmp_path, shard_count=2, claim_shards=True) as wired:
        client, leases, gateway = wired.platform._client, wired.platform._account.leases, wired.wire.gateway
        assert client is not None
        assert leases is not None
        await until(lambda: client.hears_all)

        async def keep(*, heard: bool) -> None: ...

        monkeypatch.setattr(leases, "renew", keep)
        gateway.accepting.clear()
        await gateway.drop()
        await until(lambda: all(each.is_closed() for each in client.shards.values()))
        leases.held = frozenset({0})
        await client.hold(leases.held)
        sockets = {each.shard: each for each in gateway.sessions.values()}
        gateway.accepting.set()
        await until(lambda: gateway.resumed == 2)
        await until(lambda: sockets[1].socket is None and sockets[0].socket is not None)
        await until(lambda: client.hears_all)
