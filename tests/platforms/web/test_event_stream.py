"""Server-Sent Events."""

import asyncio
import time
from collections.abc import AsyncIterator

import pytest
from starlette.types import Message

from bot.platforms.web import event_stream
from bot.platforms.web.event_stream import BODY_WRITER, INNER_SEND, BodyWriter, EventStream
from tests.waiting import PATIENCE, until


class Client:
    """Receives what is sent, and disconnects when told to."""

    def __init__(self) -> None:
        self.bodies: list[bytes] = []
        self.left = asyncio.Event()
        self.takes = asyncio.Event()
        self.takes.set()
        self.ended = False

    async def send(self, message: Message) -> None:
        await self.takes.wait()
        self.bodies.append(message.get("body", b""))

    async def receive(self) -> Message:
        await self.left.wait()
        return {"type": "http.disconnect"}

    async def end(self) -> None:
        self.ended = True

    async def read(self, stream: EventStream) -> None:
        async with asyncio.timeout(PATIENCE):
            await stream({"type": "http"}, self.receive, self.send)


async def one_after(gate: asyncio.Event) -> AsyncIterator[event_stream.Event]:
    yield {"n": 1}
    await gate.wait()
    yield {"n": 2}


async def test_a_silent_stream_is_kept_alive(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(event_stream, "PING_SECONDS", 0.01)
    client, gate = Client(), asyncio.Event()
    reading = asyncio.create_task(client.read(EventStream(one_after(gate), client.end)))
    await until(lambda: client.bodies.count(b": still here\n\n") > 1)
    gate.set()
    await reading
    told = [body for body in client.bodies if body.startswith(b"data")]
    assert told == [b'data: {"n":1}\n\n', b'data: {"n":2}\n\n']
    assert client.bodies[-1] == b""
    assert client.ended


async def test_it_ends_with_the_client() -> None:
    client = Client()
    reading = asyncio.create_task(client.read(EventStream(one_after(asyncio.Event()), client.end)))
    await until(lambda: len(client.bodies) == 2)
    client.left.set()
    await reading
    assert client.ended


async def test_it_ends_when_nothing_is_taken_any_more() -> None:
    client = Client()

    async def events() -> AsyncIterator[event_stream.Event]:
        client.takes.clear()
        yield {"n": 1}
        raise AssertionError("the first one was never taken")

    await client.read(EventStream(events(), client.end, stall_seconds=0.01))
    assert client.bodies == [b""], "only the start"
    assert client.ended


async def test_what_goes_wrong_is_raised() -> None:
    async def broken() -> AsyncIterator[event_stream.Event]:
        yield {"n": 1}
        raise RuntimeError("the model broke")

    client = Client()
    with pytest.raises(RuntimeError, match="broke"):
        await client.read(EventStream(broken(), client.end))
    assert client.ended


async def test_events_are_sent_past_the_middlewares_but_the_start_and_the_end_are_not() -> None:
    client, inner, gate = Client(), Client(), asyncio.Event()
    gate.set()
    stream = EventStream(one_after(gate), client.end)
    async with asyncio.timeout(PATIENCE):
        scope = {"type": "http", "extensions": {INNER_SEND: inner.send}}
        await stream(scope, client.receive, client.send)
    assert inner.bodies == [b'data: {"n":1}\n\n', b'data: {"n":2}\n\n']
    assert client.bodies == [b"", b""]


class Writer:
    """A response's writer whose last write is always now."""

    ready = True

    @property
    def last_write(self) -> float:
        return time.monotonic()

    def write(self, body: bytes) -> None:
        """Take a part of the body."""


async def test_a_stream_that_is_written_to_past_its_events_is_not_idle(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(event_stream, "PING_SECONDS", 0.01)
    client, gate, writers = Client(), asyncio.Event(), list[BodyWriter]()
    stream = EventStream(one_after(gate), client.end, on_writer=writers.append)
    scope = {"type": "http", "extensions": {BODY_WRITER: Writer()}}
    reading = asyncio.create_task(stream(scope, client.receive, client.send))
    await until(lambda: len(client.bodies) == 2)
    for _ in range(20):  # of the time after which an idle stream is pinged
        await asyncio.sleep(0.01)
    gate.set()
    async with asyncio.timeout(PATIENCE):
        await reading
    assert client.bodies == [b"", b'data: {"n":1}\n\n', b'data: {"n":2}\n\n', b""]
    assert len(writers) == 1
