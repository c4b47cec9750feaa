"""uvicorn inside an existing event loop: started and stopped by the caller, without signal handlers of its own."""

import asyncio
import contextlib
import errno
import logging
import socket
from collections.abc import AsyncIterator, Collection, Iterator, Sequence
from functools import partial
from typing import Any

import uvicorn
from starlette.types import ASGIApp

from bot.errors import UserError
from bot.platforms.web.connections import BACKLOG, Connections, LimitedProtocol

log = logging.getLogger(__name__)

DATE_SECONDS = 1.0  # how old the Date header may be
STOP_SECONDS = 1.0  # time for running requests to finish
CANCEL_SECONDS = 1.0  # how long cancelled requests may take to end
UNSENT_LIMIT_MS = 60_000  # TCP_USER_TIMEOUT: the kernel drops a connection that accepts no data for this long


class CancelledRequests(logging.Filter):
    """Drops uvicorn's traceback for each request that was cut off at the end; `shutdown` logs how many."""

    def filter(self, record: logging.LogRecord) -> bool:
        return not (record.exc_info and isinstance(record.exc_info[1], asyncio.CancelledError))


CANCELLED_REQUESTS = CancelledRequests()


class EmbeddedServer(uvicorn.Server):
    """Serves one ASGI application on one socket until ``stop``.

    uvicorn itself looks ten times a second whether it should stop, and again whether the connections are closed, so
    each stop would take up to 0.3 s.
    """

    def __init__(self, app: ASGIApp, connections: Connections, *, proxies: Sequence[str] = ()) -> None:
        logging.getLogger("uvicorn.error").addFilter(CANCELLED_REQUESTS)  # adding it again changes nothing
        protocol: Any = partial(LimitedProtocol, connections)
        super().__init__(
            uvicorn.Config(
                app,
                http=protocol,
                ws="none",
                lifespan="off",
                log_config=None,
                log_level="warning",
                access_log=False,
                server_header=False,
                timeout_keep_alive=30,
                backlog=BACKLOG,
                proxy_headers=bool(proxies),
                forwarded_allow_ips=list(proxies),
            )
        )
        self._task: asyncio.Task[None] | None = None
        self._stopping = asyncio.Event()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave the signals to the embedding program."""
        yield

    async def start(self, listener: socket.socket) -> None:
        """Serve on ``listener``, which ``stop`` closes. Returns once connections are accepted."""
        self._task = asyncio.create_task(self.serve(sockets=[listener]), name="web server")
        while not self.started:
            if self._task.done():
                await self._task
                raise RuntimeError("the web server ended before it began")
            await asyncio.sleep(0)

    async def main_loop(self) -> None:
        """Keep the Date header current until ``stop``."""
        while not await self.on_tick(0):
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(DATE_SECONDS):
                    await self._stopping.wait()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Accept nothing more, let running requests finish for ``STOP_SECONDS``, and cancel those that do not."""
        for server in self.servers:
            server.close()
        for listener in sockets or []:
            listener.close()
        try:
            async with asyncio.timeout(STOP_SECONDS):
                await self._close_connections()
        except TimeoutError:
            if running := set(self.server_state.tasks):
                log.warning("requests cancelled because they did not end in time: %s", len(running))
                await self._cancel(running)

    async def _cancel(self, requests: Collection[asyncio.Task[None]]) -> None:
        """Cancel requests and wait until they have ended: what they use is closed afterwards."""
        for task in requests:
            task.cancel()
        _, stuck = await asyncio.wait(requests, timeout=CANCEL_SECONDS)
        for task in stuck:
            log.error("a request does not end: %r", task.get_coro())

    async def _close_connections(self) -> None:
        """Close each connection after its running request; also those that were just being accepted."""
        pause, state = 0.0, self.server_state
        told: set[object] = set()
        while not pause or state.connections or state.tasks:
            for connection in state.connections - told:
                connection.shutdown()
                told.add(connection)
            pause = min(2 * pause, 0.1) or 0.005
            await asyncio.sleep(pause)

    async def stop(self) -> None:
        """Give requests a second to finish, then close all connections. Idempotent."""
        if self._task is None:
            return
        self.should_exit = True
        self._stopping.set()
        task, self._task = self._task, None
        await task


@contextlib.asynccontextmanager
async def serving_at(app: ASGIApp, listener: socket.socket, *, most: int, per_address: int) -> AsyncIterator[None]:
    """Serve ``app`` on ``listener`` while the context is open, with at most ``most`` connections."""
    server = EmbeddedServer(app, Connections(most, per_address))
    try:
        await server.start(listener)
        yield
    finally:
        await server.stop()


def local_url(host: str, port: int) -> str:
    """Return the URL to open in a browser on this machine."""
    if host in ("", "0.0.0.0", "::"):  # noqa: S104  # compared, not bound
        host = "127.0.0.1"
    return f"http://[{host}]:{port}/" if ":" in host else f"http://{host}:{port}/"


async def open_listener(host: str, port: int) -> socket.socket:
    """Bind ``host``:``port``. Raises UserError that names the setting to change."""
    loop = asyncio.get_running_loop()
    try:
        found = await loop.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP, flags=socket.AI_PASSIVE
        )
    except (socket.gaierror, UnicodeError) as error:
        raise UserError(
            "[web] host: there is no address called {host}; 127.0.0.1 is this machine only", host=host
        ) from error
    family, kind, protocol, _, address = min(found, key=lambda entry: entry[0] != socket.AF_INET)
    # asyncio sets TCP_NODELAY only if the protocol is TCP; without it each small event waits 40 ms for an ACK.
    listener = socket.socket(family, kind, protocol)
    try:
        # On Windows, SO_REUSEADDR would let two programs share the port.
        if hasattr(socket, "SO_REUSEPORT"):
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if hasattr(socket, "TCP_USER_TIMEOUT"):
            listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, UNSENT_LIMIT_MS)
        listener.bind(address)
        listener.listen(BACKLOG)
        listener.setblocking(False)
    except OSError as error:
        listener.close()
        raise _bind_error(error, host, port) from error
    return listener


def _bind_error(error: OSError, host: str, port: int) -> UserError:
    if error.errno == errno.EADDRINUSE:
        return UserError(
            "The web page cannot use port {port} on {host}: another program has it. "
            "Stop that program, or set another port under [web] port in bot.toml.",
            port=port,
            host=host,
        )
    if error.errno in (errno.EACCES, errno.EPERM):
        return UserError(
            "The web page may not use port {port} on {host}: ports below 1024 belong to the administrator. "
            "Set another port under [web] port in bot.toml.",
            port=port,
            host=host,
        )
    if error.errno == errno.EADDRNOTAVAIL:
        return UserError("[web] host: {host} is no address of this machine; 127.0.0.1 is this machine only", host=host)
    return UserError("The web page cannot use {host}:{port}: {reason}", host=host, port=port, reason=error.strerror)
