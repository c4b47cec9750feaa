"""A body that is written without a coroutine."""

import asyncio
import time

import pytest
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from bot.platforms.web.event_stream import BODY_WRITER
from bot.platforms.web.response_writer import MAX_HELD, ResponseWriter
from bot.platforms.web.server import open_listener, serving_at
from tests.waiting import PATIENCE, until

KIB = 1024


async def test_what_is_written_is_part_of_the_body() -> None:
    ready: list[bool] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        writer: ResponseWriter = scope["extensions"][BODY_WRITER]
        ready.append(writer.ready)
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"a", "more_body": True})
        ready.append(writer.ready)
        assert not writer.last_write
        writer.write(b"bc")
        assert writer.last_write, "nothing was sent for a while, so nothing is held"
        writer.write(b"")
        await send({"type": "http.response.body", "body": b"d", "more_body": False})
        ready.append(writer.ready)

    assert (await exchange(app, b"HTTP/1.1")).endswith(b"\r\n\r\n1\r\na\r\n2\r\nbc\r\n1\r\nd\r\n0\r\n\r\n")
    assert ready == [False, True, False]
    assert (await exchange(app, b"HTTP/1.0")).endswith(b"\r\n\r\nabcd"), "an older client gets no chunks"


def hold(writer: ResponseWriter, seconds: float) -> None:
    """Let ``writer`` hold what is written, as soon after a write."""
    writer._held.seconds, writer.last_write = seconds, time.monotonic()


@pytest.mark.parametrize("more", [True, False])
async def test_what_is_held_goes_before_what_is_sent_next(more: bool) -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        writer: ResponseWriter = scope["extensions"][BODY_WRITER]
        await send({"type": "http.response.start", "status": 200, "headers": []})
        hold(writer, 10 * PATIENCE)
        writer.write(b"a")
        writer.write(b"b")
        await send({"type": "http.response.body", "body": b"c", "more_body": more})
        if more:
            writer.write(b"d")
            await send({"type": "http.response.body", "body": b"", "more_body": False})

    end = b"1\r\nd\r\n" if more else b""
    assert (await exchange(app, b"HTTP/1.1")).endswith(b"\r\n\r\n3\r\nabc\r\n" + end + b"0\r\n\r\n")


async def test_what_is_held_is_sent_though_nothing_follows() -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        writer: ResponseWriter = scope["extensions"][BODY_WRITER]
        await send({"type": "http.response.start", "status": 200, "headers": []})
        hold(writer, seconds=0.01)
        before, writer.last_write = writer.last_write, writer.last_write + 10 * PATIENCE  # what follows is too soon
        writer.write(b"a")
        writer.write(b"b")
        assert writer._connection.held == b"ab"
        await until(lambda: not writer._connection.held)
        assert before <= writer.last_write <= time.monotonic()
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    assert (await exchange(app, b"HTTP/1.1")).endswith(b"\r\n\r\n2\r\nab\r\n0\r\n\r\n")


async def test_only_so_much_is_held() -> None:
    """However much is written before the event loop goes on, and to a client that takes nothing."""
    found: list[int] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        writer: ResponseWriter = scope["extensions"][BODY_WRITER]
        await send({"type": "http.response.start", "status": 200, "headers": []})
        hold(writer, 10 * PATIENCE)
        while writer.ready:
            writer.write(bytes(KIB))
            found.append(len(writer._connection.held))
            assert len(found) < 64 * KIB, "a client that reads nothing was sent 64 MiB"
        writer._cycle.transport.abort()

    listener = await open_listener("127.0.0.1", 0)
    async with serving_at(app, listener, most=4, per_address=4):
        _, writer = await asyncio.open_connection(*listener.getsockname())
        client = writer.transport
        assert isinstance(client, asyncio.Transport)
        client.pause_reading()
        writer.write(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        await until(lambda: bool(found))
        writer.close()
    assert max(found) <= MAX_HELD + KIB


async def test_a_client_that_has_left_takes_nothing() -> None:
    found: list[ResponseWriter] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        found.append(scope["extensions"][BODY_WRITER])
        await send({"type": "http.response.start", "status": 200, "headers": []})
        while (await receive())["type"] != "http.disconnect":
            pass
        assert not found[0].ready
        await Response()(scope, receive, send)

    listener = await open_listener("127.0.0.1", 0)
    async with serving_at(app, listener, most=4, per_address=4):
        _, writer = await asyncio.open_connection(*listener.getsockname())
        writer.write(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        await until(lambda: bool(found) and found[0].ready)
        writer.close()
        await writer.wait_closed()
        await until(lambda: not found[0].ready)


async def exchange(app: ASGIApp, version: bytes) -> bytes:
    listener = await open_listener("127.0.0.1", 0)
    async with serving_at(app, listener, most=4, per_address=4):
        reader, writer = await asyncio.open_connection(*listener.getsockname())
        writer.write(b"GET / " + version + b"\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        async with asyncio.timeout(PATIENCE):
            answer = await reader.read()
        writer.close()
        await writer.wait_closed()
    return answer
