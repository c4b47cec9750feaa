"""Limits on the web server's connections: how many, how long they may wait, and which is closed for a new one."""

import asyncio
import sys
from collections.abc import Callable
from ipaddress import IPv4Address, IPv6Network, ip_address
from typing import Any

import h11
from h11._connection import DEFAULT_MAX_INCOMPLETE_EVENT_SIZE
from uvicorn.config import Config
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.server import ServerState

from bot.platforms.web.chunked_connection import ChunkedConnection
from bot.platforms.web.event_stream import BODY_WRITER, INNER_SEND
from bot.platforms.web.held_writes import HeldWrites
from bot.platforms.web.response_writer import ResponseWriter

MAX_CONNECTIONS = 2000
MAX_PER_ADDRESS = 128
RESERVED_DESCRIPTORS = 256  # kept free for the database, the log, files and connections being refused
MIN_CONNECTIONS = 16
BACKLOG = 100  # asyncio accepts this many in one go before the first can be refused
HEADER_SECONDS = 10.0  # from the connection, or the first byte of a request, to the end of the request's header


def connection_limit() -> int:
    """Return how many connections the limit on open files allows."""
    if sys.platform == "win32":
        return MAX_CONNECTIONS
    import resource

    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY:
        return MAX_CONNECTIONS
    return max(MIN_CONNECTIONS, min(MAX_CONNECTIONS, soft - RESERVED_DESCRIPTORS))


def network(address: str) -> str | None:
    """Return an IPv4 address or an IPv6 address's /64 (one household); None if ``address`` is neither."""
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return None
    if isinstance(found, IPv4Address):
        return str(found)
    return str(found.ipv4_mapped or IPv6Network((found, 64), strict=False))


class Connections:
    """The open connections. If there is one too many, the one idle longest is closed.

    A connection is idle while no request on it is being answered, so a client that merely holds connections open loses
    them to clients that send requests. If none is idle, the new one is refused. ``is_proxy`` tells which addresses are
    proxies: many clients share those, so the limit per address does not apply.
    """

    def __init__(
        self,
        most: int,
        per_address: int = MAX_PER_ADDRESS,
        *,
        is_proxy: Callable[[str], bool] = lambda _: False,
        header_seconds: float = HEADER_SECONDS,
    ) -> None:
        self.most = most
        self.per_address = per_address
        self.header_seconds = header_seconds
        self.held_writes = HeldWrites()
        self._is_proxy = is_proxy
        self._open: dict[LimitedProtocol, str] = {}
        self._idle: dict[LimitedProtocol, None] = {}  # idle longest first
        self._by_address: dict[str, dict[LimitedProtocol, None]] = {}

    def __len__(self) -> int:
        return len(self._open)

    def admit(self, connection: "LimitedProtocol", address: str) -> bool:
        """Register ``connection``, closing an idle one if necessary. Return False if there is no room."""
        key = "" if self._is_proxy(address) else network(address) or address
        own = self._by_address.get(key, {})
        if key and len(own) >= self.per_address and not self._give_way(own):
            return False
        if len(self._open) >= self.most and not self._give_way(self._idle):
            return False
        self._open[connection] = key
        self._by_address.setdefault(key, {})[connection] = None
        self._idle[connection] = None
        return True

    def _give_way(self, among: dict["LimitedProtocol", None]) -> bool:
        oldest = next((item for item in (self._idle if among is self._idle else among) if item in self._idle), None)
        if oldest is None:
            return False
        self.forget(oldest)
        oldest.transport.abort()
        return True

    def busy(self, connection: "LimitedProtocol") -> None:
        """Note that a request on ``connection`` is being answered."""
        self._idle.pop(connection, None)

    def idle(self, connection: "LimitedProtocol") -> None:
        """Note that ``connection`` waits for its next request."""
        if connection in self._open:
            self._idle.setdefault(connection)

    def forget(self, connection: "LimitedProtocol") -> None:
        """Note that ``connection`` is closed."""
        key = self._open.pop(connection, None)
        self._idle.pop(connection, None)
        if key is not None and (own := self._by_address.get(key)) is not None:
            own.pop(connection, None)
            if not own:
                del self._by_address[key]


class LimitedProtocol(H11Protocol):
    """uvicorn's HTTP/1.1 protocol, counted by ``Connections`` and closed if a request's header takes too long."""

    def __init__(self, connections: Connections, config: Config, server_state: ServerState, **more: Any) -> None:
        super().__init__(config=config, server_state=server_state, **more)
        self.conn = self._chunked = ChunkedConnection(h11.SERVER, DEFAULT_MAX_INCOMPLETE_EVENT_SIZE)
        self._counted = connections
        self._header_timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Count the connection, or close it if there is no room."""
        super().connection_made(transport)
        if self._counted.admit(self, self.client[0] if self.client else ""):
            self._await_header()
        else:
            transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_timer()
        self._unset_keepalive_if_required()
        self._counted.forget(self)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Receive data; the time limit for a header runs from its first byte and is not extended."""
        super().data_received(data)
        if self._answering:
            self._stop_timer()
            self._begin_answer()
        elif self._header_timer is None and self.timeout_keep_alive_task is None:
            self._await_header()

    def on_response_complete(self) -> None:
        """Mark the connection idle, unless a pipelined request follows."""
        self._counted.idle(self)
        super().on_response_complete()
        if self._answering:  # a pipelined request
            self._begin_answer()

    def _begin_answer(self) -> None:
        """Note the request before its task runs."""
        self._counted.busy(self)
        scope: dict[str, Any] = self.cycle.scope  # type: ignore[assignment]  # uvicorn's type has no extensions of ours
        extensions = scope.setdefault("extensions", {})
        extensions[INNER_SEND] = self.cycle.send
        extensions[BODY_WRITER] = ResponseWriter(self.cycle, self._chunked, self._counted.held_writes)

    @property
    def _answering(self) -> bool:
        return self.cycle is not None and not self.cycle.response_complete

    def _await_header(self) -> None:
        self._header_timer = self.loop.call_later(self._counted.header_seconds, self._give_up)

    def _stop_timer(self) -> None:
        if self._header_timer is not None:
            self._header_timer.cancel()
            self._header_timer = None

    def _give_up(self) -> None:
        self._header_timer = None
        if not self._answering:
            self.transport.abort()
