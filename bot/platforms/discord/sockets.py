"""Tracks gateway sockets, so that none is leaked.

discord.py forgets a socket that breaks, or is abandoned, between HELLO and IDENTIFY. It would stay open until it is
garbage-collected.
"""

import discord
from aiohttp import ClientWebSocketResponse


class Sockets:
    """All sockets that a client has opened and not closed."""

    def __init__(self, client: discord.Client) -> None:
        """Wrap the method by which ``client`` connects."""
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
        """Close the sockets that discord.py left open."""
        for socket in list(self._open):
            await self._drop(socket)

    async def _drop(self, socket: ClientWebSocketResponse) -> None:
        self._open.discard(socket)
        if not socket.closed:
            await socket.close()


def _broken(socket: ClientWebSocketResponse) -> bool:
    return socket.get_extra_info("peername") is None
