"""The gateway's sockets, so that none is left behind.

discord.py forgets a socket that breaks, or is given up, between the greeting and the bot's identification. It would
stay open until the memory is cleared.
"""

import discord
from aiohttp import ClientWebSocketResponse


class Sockets:
    """Every socket that a client has opened and not closed yet."""

    def __init__(self, client: discord.Client) -> None:
        """Stand between ``client`` and its connections."""
        self._open: set[ClientWebSocketResponse] = set()
        self._connect = client.http.ws_connect
        client.http.ws_connect = self._connected  # type: ignore[method-assign]  # discord.py has no hook for it

    async def _connected(self, url: str, *, compress: int = 0) -> ClientWebSocketResponse:
        for socket in list(self._open):
            if socket.closed or _broken(socket):
                await self._drop(socket)
        socket = await self._connect(url, compress=compress)
        self._open.add(socket)
        return socket

    async def close(self) -> None:
        """Close what discord.py has left open."""
        for socket in list(self._open):
            await self._drop(socket)

    async def _drop(self, socket: ClientWebSocketResponse) -> None:
        self._open.discard(socket)
        if not socket.closed:
            await socket.close()


def _broken(socket: ClientWebSocketResponse) -> bool:
    return socket.get_extra_info("peername") is None
