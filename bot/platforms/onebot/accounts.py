"""Which account a WebSocket carries, whoever dialled it."""

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress

from websockets.asyncio.connection import Connection
from websockets.exceptions import ConnectionClosed

from bot.platforms.onebot.bridge import Bridge, Role
from bot.platforms.onebot.frames import EventFrame, read_frame

log = logging.getLogger(__name__)

FIRST_FRAME_SECONDS = 60.0  # a connection that has not said whose it is by then is closed
NORMAL, POLICY = 1000, 1008  # WebSocket close codes


class WebSocket:
    """A connection of the `websockets` library as a bridge's socket."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def send(self, message: str) -> None:
        """Send a text frame."""
        try:
            await self._connection.send(message)
        except ConnectionClosed as error:
            raise EOFError(str(error)) from error

    async def close(self, code: int = NORMAL, reason: str = "") -> None:
        await self._connection.close(code, reason[:120])


class Accounts:
    """The accounts that are or were connected. ``joined`` is told of each one that is new."""

    def __init__(self, allowed: frozenset[str], joined: Callable[[Bridge], None]) -> None:
        self._allowed = allowed  # account ids; empty: any that knows the token
        self._joined = joined
        self.bridges: dict[str, Bridge] = {}

    async def serve(self, connection: Connection, role: Role, header_id: str = "") -> None:
        """Carry a connection to its end."""
        socket = WebSocket(connection)
        try:
            async with asyncio.timeout(FIRST_FRAME_SECONDS):
                first, account = await self._identify(connection, role, header_id)
        except TimeoutError:
            log.warning("onebot: a connection did not say whose it is, and was closed")
            return await socket.close(POLICY, "no event told the account")
        if self._allowed and account not in self._allowed:
            log.warning("onebot: the account %s is not in [onebot] accounts, and was refused", account)
            return await socket.close(POLICY, "this account is not allowed")
        bridge = self._bridge(account, header_id)
        for old in bridge.attach(socket, role):
            await old.close(NORMAL, "replaced by a newer connection")
        try:
            for data in first:
                bridge.receive(data)
            async for data in connection:
                bridge.receive(data)
        except ConnectionClosed:
            pass
        finally:
            bridge.detach(socket)
        return None

    async def _identify(self, connection: Connection, role: Role, header_id: str) -> tuple[list[str | bytes], str]:
        """What was read until an event named the account, and the account. An API connection has its header only."""
        if role == "api" and header_id:
            return [], header_id
        read: list[str | bytes] = []
        async for data in connection:
            read = [*read[-9:], data]
            with suppress(ValueError):
                if isinstance(frame := read_frame(data), EventFrame):
                    return read, frame.self_id
        raise TimeoutError

    def _bridge(self, account: str, header_id: str) -> Bridge:
        known = self.bridges.get(account) or self.bridges.get(header_id)
        if known is None:
            known = self.bridges[account] = Bridge(account)
            known.own_ids |= {header_id} - {""}
            self._joined(known)
        known.own_ids |= {account, header_id} - {""}
        return known
