"""Accepts connections of bridges (reverse WebSocket in OneBot's terms)."""

import asyncio
import hmac
import logging
from contextlib import suppress
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qs, urlsplit
from weakref import WeakSet

from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.http11 import Request, Response
from websockets.protocol import State

from bot.i18n import N_
from bot.platforms.onebot.accounts import Accounts
from bot.platforms.onebot.bridge import role_of
from bot.platforms.onebot.frames import MAX_FRAME_BYTES

log = logging.getLogger(__name__)

PING_SECONDS = 20.0
OPEN_SECONDS = 10.0  # time for a connection's request
MAX_CONNECTIONS = 64


class Listener:
    """The port for bridges. Requests without the token are rejected before the WebSocket handshake."""

    def __init__(self, accounts: Accounts, host: str, port: int, token: str) -> None:
        self._accounts = accounts
        self._host, self._port = host, port
        self._token = token
        self._server: Server | None = None
        self._open = 0
        self._accepted = WeakSet[ServerConnection]()
        self.refused = ""  # why the last connection was refused

    @property
    def port(self) -> int:
        """The bound port, also if the configured one is 0 (any free port)."""
        if self._server is None:
            return self._port
        return int(next(iter(self._server.sockets)).getsockname()[1])

    async def start(self) -> None:
        """Bind the port. Raises OSError if it is taken."""
        self._server = await serve(
            self._serve, self._host, self._port, process_request=self._check, max_size=MAX_FRAME_BYTES,
            compression=None, ping_interval=PING_SECONDS, ping_timeout=PING_SECONDS, open_timeout=OPEN_SECONDS,
            close_timeout=2, server_header=None,
            create_connection=self._accept,  # type: ignore[arg-type]  # documented: "a wrapper or a subclass"
        )  # fmt: skip

    async def close(self) -> None:
        """Stop listening and close all connections. Idempotent."""
        if self._server is not None:
            await _stop_accepting(self._server)
            self._server.close()
            for connection in list(self._accepted):
                if connection.state is State.CONNECTING:  # the server would wait for its request
                    connection.transport.abort()
            await self._server.wait_closed()
            self._server = None

    def _accept(self, *arguments: Any, **options: Any) -> ServerConnection:
        connection = ServerConnection(*arguments, **options)
        self._accepted.add(connection)
        return connection

    def _check(self, connection: ServerConnection, request: Request) -> Response | None:
        if self._open >= MAX_CONNECTIONS:
            return connection.respond(HTTPStatus.SERVICE_UNAVAILABLE, "too many connections\n")
        if not self._token:
            if "Origin" not in request.headers:
                return None
            # The request comes from a browser: any web page that its user opens could pose as a bridge.
            return connection.respond(HTTPStatus.FORBIDDEN, "web pages may not connect without [onebot] token\n")
        given = given_token(request)
        if not given:
            self.refused = N_("a bridge dialled without a token")
            return connection.respond(HTTPStatus.UNAUTHORIZED, "this port asks for [onebot] token\n")
        if not hmac.compare_digest(given.encode(), self._token.encode()):
            self.refused = N_("a bridge dialled with a wrong token")
            log.warning("onebot: a connection with a wrong token was refused")
            return connection.respond(HTTPStatus.FORBIDDEN, "the token is not that of [onebot] token\n")
        return None

    async def _serve(self, connection: ServerConnection) -> None:
        request = connection.request
        if request is None:
            return
        headers = request.headers
        role = role_of(headers.get("X-Client-Role", ""), request.path)
        self._open += 1
        try:
            await self._accounts.serve(connection, role, headers.get("X-Self-ID", "").strip()[:64])
        finally:
            self._open -= 1


async def _stop_accepting(server: Server) -> None:
    """Asyncio leaks a connection that it accepts while its server closes (CPython issue 109564)."""
    loop = asyncio.get_running_loop()
    with suppress(NotImplementedError):  # Windows
        for listening in server.sockets:
            loop.remove_reader(listening)
    for _ in range(3):  # what was accepted gets its task, then its transport, then its connection
        await asyncio.sleep(0)


def given_token(request: Request) -> str:
    """Return the token of a request: ``Authorization: Bearer X`` or ``Token X``, or ``?access_token=X``."""
    kind, _, value = request.headers.get("Authorization", "").strip().partition(" ")
    if kind.casefold() in ("bearer", "token") and value.strip():
        return value.strip()
    return next(iter(parse_qs(urlsplit(request.path).query).get("access_token", [])), "")
