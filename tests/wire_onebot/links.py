"""The simulated bridge on real WebSockets, as client or as server."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from websockets.asyncio.client import ClientConnection, connect
from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.exceptions import ConnectionClosed

from bot.platforms.onebot.bridge import Bridge
from bot.tasks import Tasks
from tests.wire_onebot.group_chat import GroupChat


@asynccontextmanager
async def dialled(
    chat: GroupChat, port: int, *, path: str = "/onebot/v11/ws", role: str = "Universal", **headers: str
) -> AsyncIterator[ClientConnection]:
    """Connect the bridge to the bot's port."""
    given = {"X-Self-ID": str(chat.account), "X-Client-Role": role} | headers
    tasks = Tasks("the small bridge")
    async with connect(f"ws://127.0.0.1:{port}{path}", additional_headers=given, compression=None) as connection:
        tasks.spawn(_carry(chat, connection))
        await chat.join(connection, role.casefold())
        try:
            yield connection
        finally:
            await tasks.finish()


async def _carry(chat: GroupChat, connection: ClientConnection | ServerConnection) -> None:
    try:
        async for data in connection:
            await chat.take(connection, data)
    except ConnectionClosed:
        pass


@asynccontextmanager
async def listening(chat: GroupChat) -> AsyncIterator[tuple[Server, int]]:
    """Let the bridge wait for the bot on its own port."""

    async def handle(connection: ServerConnection) -> None:
        await chat.join(connection)
        await _carry(chat, connection)

    async with serve(handle, "127.0.0.1", 0, compression=None) as server:
        yield server, int(next(iter(server.sockets)).getsockname()[1])


async def until_connected(bridge: Bridge) -> None:
    """Wait until actions can be sent."""
    while not bridge.connected:
        bridge.changed.clear()
        await bridge.changed.wait()
