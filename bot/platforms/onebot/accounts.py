"""Assigns WebSocket connections to QQ accounts, whichever side dialled."""

import asyncio
import json
import logging
from collections.abc import Callable, Mapping
from contextlib import suppress

from websockets.asyncio.connection import Connection
from websockets.exceptions import ConnectionClosed

from bot.i18n import Message
from bot.platforms.onebot.bridge import Bridge, Role
from bot.platforms.onebot.frames import MAX_ID_LENGTH, ActionResult, EventFrame, read_frame

log = logging.getLogger(__name__)

FIRST_FRAME_SECONDS = 60.0  # time limit for a connection to identify its account
NORMAL, POLICY = 1000, 1008  # WebSocket close codes
BAD_TOKEN = {1401, 1403}  # retcodes by which a bridge we dialled rejects our token
WHOSE = "whose"  # echo of our request to a connection that brings no events


class WrongToken(Exception):  # noqa: N818  # named for what happened
    """A bridge that we dialled rejected our token. It says so in a frame before it closes."""

    def __init__(self, answer: str | int) -> None:
        self.reason = Message("the bridge says that the token is wrong: {answer}", answer=answer)
        super().__init__(str(self.reason))


class WebSocket:
    """Adapts a connection of the `websockets` library to the bridge's Socket protocol."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def send(self, message: str) -> None:
        """Send a text frame. Raises EOFError if the connection is closed."""
        try:
            await self._connection.send(message)
        except ConnectionClosed as error:
            raise EOFError(str(error)) from error

    async def close(self, code: int = NORMAL, reason: str = "") -> None:
        await self._connection.close(code, reason[:120])


class Accounts:
    """The accounts that are or were connected. ``joined`` is called for each new one."""

    def __init__(self, allowed: frozenset[str], joined: Callable[[Bridge], None]) -> None:
        self._allowed = allowed  # account ids; empty: any account with the token
        self._joined = joined
        self.refused: Message | None = None  # why the last connection was refused
        self.bridges: dict[str, Bridge] = {}

    async def serve(self, connection: Connection, role: Role, header_id: str = "") -> Message | None:
        """Serve a connection until it ends. Returns why it could not be used, if it could not."""
        socket = WebSocket(connection)
        try:
            async with asyncio.timeout(FIRST_FRAME_SECONDS):
                first, account = await self._identify(connection, role, header_id)
        except ConnectionClosed:
            return None
        except WrongToken as error:
            return await self._refuse(socket, error.reason, "")
        except TimeoutError:
            problem = Message("the connection did not say whose it is")
            return await self._refuse(socket, problem, "no event told the account")
        if not account:  # it ended before it identified itself
            return None
        if self._allowed and account not in self._allowed:
            problem = Message("the account {account} is not in [onebot] accounts", account=account)
            return await self._refuse(socket, problem, "this account is not allowed")
        bridge = self._bridge(account, header_id)
        for old in bridge.attach(socket, role):
            await old.close(NORMAL, "replaced by a newer connection")
        try:
            await _receive(bridge, connection, first)
        finally:
            bridge.detach(socket)
        return None

    async def _refuse(self, socket: WebSocket, problem: Message, told: str) -> Message:
        log.warning("onebot: a connection was refused: %s", problem)
        self.refused = problem
        await socket.close(POLICY, told)
        return problem

    async def _identify(self, connection: Connection, role: Role, header_id: str) -> tuple[list[str | bytes], str]:
        """Return the frames read until the account was known, and the account (empty if the connection ended first).

        API connections bring no events, so they are asked.
        """
        if role == "api":
            if header_id:
                return [], header_id
            await connection.send(json.dumps({"action": "get_login_info", "params": {}, "echo": WHOSE}))
        read: list[str | bytes] = []
        async for data in connection:
            read = [*read[-9:], data]
            with suppress(ValueError):
                frame = read_frame(data)
                if isinstance(frame, EventFrame):
                    return read, frame.self_id
                if isinstance(frame, ActionResult) and (account := _answered(frame)):
                    return [], account
        return [], ""

    def _bridge(self, account: str, header_id: str) -> Bridge:
        known = self.bridges.get(account) or self.bridges.get(header_id)
        if known is None:
            known = self.bridges[account] = Bridge(account)
            known.own_ids |= {header_id} - {""}
            self._joined(known)
        known.own_ids |= {account, header_id} - {""}
        return known


async def _receive(bridge: Bridge, connection: Connection, first: list[str | bytes]) -> None:
    """Pass on frames until the connection ends. ``first``: those that have been read already."""
    with suppress(ConnectionClosed):
        for data in first:
            bridge.receive(data)
        async for data in connection:
            bridge.receive(data)


def _answered(result: ActionResult) -> str:
    """Return the account named in the answer. Raises WrongToken."""
    if result.retcode in BAD_TOKEN:
        raise WrongToken(result.reason or result.retcode)
    number = result.data.get("user_id") if result.echo == WHOSE and isinstance(result.data, Mapping) else None
    return str(number)[:MAX_ID_LENGTH] if isinstance(number, (int, str)) and not isinstance(number, bool) else ""
