"""Starting, stopping, ports in use, and many idle listening pages."""

import asyncio
import signal
import socket
from collections.abc import AsyncIterator

import pytest
from starlette.types import Receive, Scope, Send

from bot.config.schema import WebSection
from bot.errors import UserError
from bot.platforms.web import server as module
from bot.platforms.web.server import open_listener, serving_at
from tests.platforms.web.conftest import Web
from tests.platforms.web.support import events_of, eventually
from tests.waiting import PATIENCE, until_asked


async def test_a_busy_port_is_named(web: Web) -> None:
    other = Web(port=web.port)
    with pytest.raises(UserError) as error:
        await other.platform.start()
    await other.platform.close()
    await other.client.aclose()
    assert str(web.port) in str(error.value)
    assert "[web] port" in str(error.value)


@pytest.mark.parametrize("host", ["no-such-host.invalid", "203.0.113.7", "x" * 300])
async def test_a_wrong_host_is_named(host: str) -> None:
    with pytest.raises(UserError, match=r"\[web\] host"):
        await open_listener(host, 0)


async def test_ports_of_the_administrator(monkeypatch: pytest.MonkeyPatch) -> None:
    def forbidden(self: socket.socket, address: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(socket.socket, "bind", forbidden)
    with pytest.raises(UserError, match="below 1024"):
        await open_listener("127.0.0.1", 80)


async def test_the_port_can_be_used_again_at_once() -> None:
    async with Web().running() as web:
        port = web.port
        assert (await web.client.get("/healthz")).status_code == 200
    async with Web(port=port).running() as web:
        assert (await web.client.get("/healthz")).status_code == 200


async def test_small_answers_leave_at_once(web: Web) -> None:
    """Without TCP_NODELAY each of them waits about 40 ms for the client's delayed acknowledgement."""
    await web.client.get("/healthz")
    (connection,) = web.platform._connections._open
    accepted = connection.transport.get_extra_info("socket")
    assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


async def test_signal_handlers_are_left_alone() -> None:
    before = (signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM))
    async with Web().running():
        assert (signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)) == before


async def test_stopping_does_not_wait_for_the_next_date(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "DATE_SECONDS", 10 * PATIENCE)
    async with asyncio.timeout(PATIENCE):
        async with Web().running() as web:
            assert (await web.client.get("/healthz")).status_code == 200


async def test_the_date_is_kept_current(web: Web) -> None:
    async def date() -> str:
        return (await web.client.get("/healthz")).headers["date"]

    first = await date()

    async def is_later() -> bool:
        return await date() != first

    await until_asked(is_later)


async def test_closing_stops_what_is_being_written_and_delivers_it() -> None:
    async with Web().running() as web:
        await web.client.get("/")
        running = asyncio.create_task(web.client.post("/api/chat", json={"text": "forever"}))
        await eventually(lambda: web.dispatcher.frames > 2)
        await web.platform.close()
        events = events_of((await running).text)
        assert [event["type"] for event in events[-2:]] == ["reply", "done"]
        assert events[-2]["finish_reason"] == "cancelled"
        await web.platform.close()  # once more changes nothing


async def test_a_request_that_is_only_half_there_at_the_end_is_no_defect(caplog: pytest.LogCaptureFixture) -> None:
    async with Web().running() as web:
        reader, writer = await asyncio.open_connection("127.0.0.1", web.port)
        head = b"POST /api/chat HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        writer.write(head + b"Content-Length: 99\r\n\r\n{")
        server = web.platform._server
        assert server is not None
        await eventually(lambda: server.server_state.tasks)
        await web.platform.close()
        await reader.read()
        writer.close()
    assert "did not end in time: 1" in caplog.text
    assert "Traceback" not in caplog.text


async def test_ready_when_the_engine_is(web: Web) -> None:
    web.state = "loading"
    answer = await web.client.get("/readyz")
    assert (answer.status_code, answer.json()["status"]) == (503, "loading")
    assert (await web.client.get("/healthz")).status_code == 200
    web.state = "ready"
    assert (await web.client.get("/readyz")).status_code == 200


async def test_pages_that_listen_hear_announcements_and_each_other(web: Web) -> None:
    await web.client.get("/")
    async with (
        web.client.stream("GET", "/api/events?tab=one") as one,
        web.client.stream("GET", "/api/events?tab=two") as two,
    ):
        lines_one, lines_two = one.aiter_lines(), two.aiter_lines()
        assert "hello" in await anext(lines_one)
        assert "hello" in await anext(lines_two)
        assert await web.platform.announce("Back at *nine*.") == 1
        await web.chat("hi", tab="one")
        heard_one = [line async for line in _until(lines_one, "announcement")]
        heard_two = [line async for line in _until(lines_two, "changed")]
        assert any("Back at *nine*." in line for line in heard_one)
        assert any("Back at *nine*." in line for line in heard_two)
        await web.chat("bye", tab="two")
        heard = [line async for line in _until(lines_one, "changed")]
        assert sum("changed" in line for line in heard) == 1
    await eventually(lambda: len(web.platform.site.open_pages) == 0)


async def _until(lines: AsyncIterator[str], word: str) -> AsyncIterator[str]:
    async for line in lines:
        yield line
        if word in line:
            return


async def test_two_hundred_idle_pages_hurt_nobody() -> None:
    connections = []
    async with Web(proxies=["127.0.0.1"]).running() as web:
        try:
            for number in range(200):
                reader, writer = await asyncio.open_connection("127.0.0.1", web.port)
                connections.append(writer)
                address = f"X-Forwarded-For: 10.0.0.{number}"
                writer.write(f"GET /api/events HTTP/1.1\r\nHost: localhost\r\n{address}\r\n\r\n".encode())
                await reader.readuntil(b'"hello"}')
            for _ in range(20):
                assert (await web.chat("hi")).status_code == 200
            assert await web.platform.announce("hello") == 200
        finally:
            for writer in connections:
                writer.close()
            await asyncio.gather(*(writer.wait_closed() for writer in connections), return_exceptions=True)
        await eventually(lambda: len(web.platform.site.open_pages) == 0)


async def test_one_visitor_may_not_open_pages_without_end(web: Web) -> None:
    await web.client.get("/")
    answers = []
    streams = [web.client.stream("GET", "/api/events") for _ in range(11)]
    try:
        answers = [await stream.__aenter__() for stream in streams]
        assert [answer.status_code for answer in answers] == [200] * 10 + [429]
    finally:
        for stream in streams[: len(answers)]:
            await stream.__aexit__(None, None, None)


async def test_the_address_and_the_banner() -> None:
    everywhere = "0.0.0.0"  # noqa: S104  # not started
    assert Web(host=everywhere, port=8080).platform.url == "http://127.0.0.1:8080/"
    assert Web(host="::1", port=8080).platform.url == "http://[::1]:8080/"
    assert "not started" in str(Web().platform.describe())
    async with Web(token="x").running() as web:
        assert "this machine only, with a token" in str(web.platform.describe())
    assert WebSection().host == "127.0.0.1"


async def test_a_request_cut_by_the_stop_leaves_no_traceback_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    running = asyncio.Event()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        running.set()
        await asyncio.Event().wait()

    listener = await open_listener("127.0.0.1", 0)
    async with serving_at(app, listener, most=4, per_address=4):
        reader, writer = await asyncio.open_connection(*listener.getsockname())
        writer.write(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        await running.wait()
    async with asyncio.timeout(PATIENCE):
        assert b"200 OK" in await reader.read()
    writer.close()
    await writer.wait_closed()
    assert any("did not end in time: 1" in record.message for record in caplog.records), "the request was cut"
    assert not any(record.exc_info for record in caplog.records)


async def test_a_request_that_is_cut_has_ended_when_the_server_has() -> None:
    running, ended = asyncio.Event(), False

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        nonlocal ended
        running.set()
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0)  # for example, to close a transaction
            await asyncio.sleep(0)
            ended = True

    listener = await open_listener("127.0.0.1", 0)
    async with serving_at(app, listener, most=4, per_address=4):
        _, writer = await asyncio.open_connection(*listener.getsockname())
        writer.write(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        await running.wait()
    assert ended
    writer.close()
    await writer.wait_closed()
