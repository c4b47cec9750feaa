"""Idle and slow connections are closed in favour of active ones."""

import asyncio
import resource
from contextlib import AsyncExitStack

import pytest

from bot.platforms.web import connections as module
from bot.platforms.web.connections import Connections, connection_limit, network
from tests.platforms.web.conftest import Web
from tests.waiting import PATIENCE, until

REQUEST = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"


async def closed(reader: asyncio.StreamReader) -> None:
    """Wait until the server closes the connection."""
    try:
        await asyncio.wait_for(reader.read(), PATIENCE)
    except ConnectionResetError:
        return


class Clients:
    """A test's raw connections."""

    def __init__(self, web: Web) -> None:
        self._web = web
        self._writers: list[asyncio.StreamWriter] = []

    async def __aenter__(self) -> "Clients":
        return self

    async def __aexit__(self, *error: object) -> None:
        for writer in self._writers:
            writer.close()
        await asyncio.gather(*(writer.wait_closed() for writer in self._writers), return_exceptions=True)

    def send(self, more: bytes) -> None:
        """Send over the most recently opened connection."""
        self._writers[-1].write(more)

    async def connect(self, first: bytes = b"") -> asyncio.StreamReader:
        reader, writer = await asyncio.open_connection("127.0.0.1", self._web.port)
        self._writers.append(writer)
        writer.write(first)
        return reader


@pytest.mark.parametrize("first", [b"", b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nX-", REQUEST[:-2]])
async def test_a_header_that_never_ends_is_given_up(web: Web, first: bytes) -> None:
    web.platform._connections.header_seconds = 0.05
    async with Clients(web) as clients:
        await closed(await clients.connect(first))
    web.platform._connections.header_seconds = 20
    assert (await web.client.get("/healthz")).status_code == 200


async def test_a_second_header_that_never_ends_is_given_up_too(web: Web) -> None:
    async with Clients(web) as clients:
        reader = await clients.connect(REQUEST)
        await reader.readuntil(b'"ok"}')
        web.platform._connections.header_seconds = 0.05
        clients.send(b"GET / HT")
        await closed(reader)


async def test_idle_connections_without_end_stop_nobody(web: Web) -> None:
    limit = web.platform._connections
    limit.most, limit.per_address = 40, 30
    async with Clients(web) as clients:
        readers = [await clients.connect() for _ in range(300)]
        assert (await web.client.get("/healthz")).status_code == 200
        assert len(limit) <= 30
        await closed(readers[0])


async def test_a_connection_that_is_being_answered_stays(web: Web) -> None:
    limit = web.platform._connections
    limit.most, limit.per_address = 8, 8
    async with Clients(web) as clients, AsyncExitStack() as stack:
        listening = await clients.connect(b"GET /api/events HTTP/1.1\r\nHost: localhost\r\n\r\n")
        await listening.readuntil(b'"hello"}')
        for _ in range(50):
            await clients.connect()
        assert (await web.client.get("/healthz")).status_code == 200
        await web.platform.announce("still here")
        await asyncio.wait_for(listening.readuntil(b"still here"), PATIENCE)
        await stack.aclose()


async def test_when_all_are_busy_the_next_one_is_refused(web: Web) -> None:
    limit = web.platform._connections
    limit.most = 3
    async with Clients(web) as clients:
        for _ in range(3):
            reader = await clients.connect(b"GET /api/events HTTP/1.1\r\nHost: localhost\r\n\r\n")
            await reader.readuntil(b'"hello"}')
        await closed(await clients.connect(REQUEST))
        assert len(limit) == 3


async def test_all_are_forgotten_when_they_close(web: Web) -> None:
    async with Clients(web) as clients:
        for _ in range(20):
            await (await clients.connect(REQUEST)).readuntil(b"ok")
    await until(lambda: not len(web.platform._connections))
    assert not web.platform._connections._by_address
    assert not web.platform._connections._idle


def test_the_limit_follows_the_descriptor_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    limits = {1024: 1024 - module.RESERVED_DESCRIPTORS, 256: module.MIN_CONNECTIONS, 1 << 20: 2000}
    for soft, expected in (limits | {resource.RLIM_INFINITY: 2000}).items():
        monkeypatch.setattr(resource, "getrlimit", lambda _, soft=soft: (soft, soft))
        assert connection_limit() == expected


def test_a_home_is_one_network() -> None:
    assert network("2001:db8::1") == network("2001:db8::ffff:1") != network("2001:db8:0:1::1")
    assert network("::ffff:203.0.113.7") == network("203.0.113.7") == "203.0.113.7"
    assert network("fe80::1%eth0") == "fe80::/64"
    assert network("nonsense") is None


def test_a_proxy_has_no_limit_of_its_own() -> None:
    counted = Connections(1000, 1, is_proxy=lambda address: address == "10.0.0.1")
    for address in ("10.0.0.1", "10.0.0.1", "10.0.0.2"):
        assert counted.admit(object(), address)  # type: ignore[arg-type]
