"""Gateway sockets, with a gateway that says hello and then falls silent or drops the connection."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
import discord
import pytest
import yarl
from aiohttp import web
from discord.gateway import DiscordWebSocket

from bot.platforms.discord.sockets import Sockets
from tests.waiting import PATIENCE, until

HELLO = {"op": 10, "d": {"heartbeat_interval": 60_000}, "t": None, "s": None}


class Gateway:
    """Says hello to every connection; ``torn`` ones are dropped right after."""

    def __init__(self) -> None:
        self.torn = False
        self.opened = self.ended = 0
        self.address = yarl.URL()

    async def serve(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        self.opened += 1
        await socket.send_json(HELLO)
        if self.torn and request.transport:
            await asyncio.sleep(0.05)
            request.transport.close()
        async for _ in socket:
            pass
        self.ended += 1
        return socket


@asynccontextmanager
async def standing() -> AsyncIterator[Gateway]:
    gateway = Gateway()
    application = web.Application()
    application.router.add_get("/gateway", gateway.serve)
    runner = web.AppRunner(application)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    gateway.address = yarl.URL(f"http://127.0.0.1:{runner.addresses[0][1]}/gateway")
    yield gateway
    await runner.cleanup()


@asynccontextmanager
async def client() -> AsyncIterator[discord.AutoShardedClient]:
    """A discord.py client with its session, as after logging in."""
    made = discord.AutoShardedClient(intents=discord.Intents.none(), shard_count=1)
    await made._async_setup_hook()
    async with aiohttp.ClientSession() as session:
        made.http._HTTPClient__session = session  # type: ignore[attr-defined]  # what the log-in puts there
        made.http.token = "token"
        yield made


async def given_up(connection: discord.AutoShardedClient, gateway: Gateway) -> None:
    """Abandon a connection while it waits for its turn to identify."""
    waiting = asyncio.Event()

    async def wait(shard: int | None, *, initial: bool = False) -> None:
        waiting.set()
        await asyncio.Event().wait()

    connection.before_identify_hook = wait  # type: ignore[assignment, method-assign]
    opening = DiscordWebSocket.from_client(connection, gateway=gateway.address, shard_id=0, compress=False)
    task = asyncio.create_task(opening)
    await asyncio.wait_for(waiting.wait(), PATIENCE)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_a_socket_that_is_given_up_before_it_identifies_is_closed_at_the_end() -> None:
    async with standing() as gateway, client() as connection:
        sockets = Sockets(connection)
        await given_up(connection, gateway)
        assert (gateway.opened, gateway.ended) == (1, 0)
        await sockets.close()
        await until(lambda: gateway.ended)


async def test_a_broken_socket_is_closed_when_the_next_is_opened() -> None:
    async with standing() as gateway, client() as connection:
        sockets = Sockets(connection)
        gateway.torn = True
        broken = await connection.http.ws_connect(str(gateway.address))
        await until(lambda: broken.get_extra_info("peername") is None)
        gateway.torn = False
        working = await connection.http.ws_connect(str(gateway.address))
        assert [broken.closed, working.closed] == [True, False]
        await sockets.close()
        assert [broken.closed, working.closed] == [True, True]
