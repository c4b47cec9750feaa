"""Server-Sent Events."""

import asyncio
import time
from collections.abc import AsyncIterator

import pytest
from starlette.types import Message

from bot.platforms.web import event_stream
from bot.platforms.web.event_stream import BODY_WRITER, INNER_SEND, BodyWriter, EventStream, StreamErrors
from tests.waiting import PATIENCE, until


class Client:
    """Receives what is sent, and disconnects when told to."""

    def __init__(self) -> None:
        self.bodies: list[bytes] = []
        self.asked = 0  # sends, whether taken or not
        self.left = asyncio.Event()
        self.takes = asyncio.Event()
        self.takes.set()
        self.ended = False

    async def send(self, message: Message) -> None:
        self.asked += 1
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


@pytest.mark.parametrize("count", [0, 1])
async def test_it_ends_when_not_even_its_beginning_is_taken(count: int) -> None:
    client, broken = Client(), Broken(count)
    client.takes.clear()
    await client.read(EventStream(
        broken.events(), client.end, stall_seconds=0.01, errors=StreamErrors(0.001, refusal),
    ))  # fmt: skip
    assert client.bodies == []
    assert client.ended


async def test_what_goes_wrong_is_raised() -> None:
    async def broken() -> AsyncIterator[event_stream.Event]:
        yield {"n": 1}
        raise RuntimeError("the model broke")

    client = Client()
    with pytest.raises(RuntimeError, match="broke"):
        await client.read(EventStream(broken(), client.end))
    assert client.ended


class Broken:
    """Fails once its gate is open, after ``count`` events."""

    def __init__(self, count: int) -> None:
        self.gate = asyncio.Event()
        self.count = count
        self.closed = False

    async def events(self) -> AsyncIterator[event_stream.Event]:
        try:
            for number in range(self.count):
                yield {"n": number}
            await self.gate.wait()
            raise ValueError("no")
        finally:
            self.closed = True


def refusal(error: Exception) -> event_stream.Event:
    return {"error": str(error)}


async def test_what_fails_before_the_first_event_is_raised_before_the_response_begins() -> None:
    client, broken = Client(), Broken(0)
    broken.gate.set()
    stream = EventStream(broken.events(), client.end, errors=StreamErrors(PATIENCE, refusal))
    with pytest.raises(ValueError, match="no"):
        await client.read(stream)
    assert client.bodies == []
    assert client.ended
    assert broken.closed


async def test_what_fails_after_the_response_began_is_the_last_event() -> None:
    client, broken = Client(), Broken(1)
    broken.gate.set()
    await client.read(EventStream(broken.events(), client.end, errors=StreamErrors(PATIENCE, refusal)))
    assert client.bodies == [b"", b'data: {"n":0}\n\n', b'data: {"error":"no"}\n\n', b""]


async def test_the_response_begins_without_its_first_event_if_that_takes_long() -> None:
    client, broken = Client(), Broken(0)
    stream = EventStream(broken.events(), client.end, errors=StreamErrors(0.001, refusal))
    reading = asyncio.create_task(client.read(stream))
    await until(lambda: client.bodies == [b""])
    broken.gate.set()
    await reading
    assert client.bodies == [b"", b'data: {"error":"no"}\n\n', b""]


async def test_a_stream_that_is_cut_ends_with_an_error() -> None:
    client, broken = Client(), Broken(1)
    stream = EventStream(
        broken.events(), client.end, errors=StreamErrors(PATIENCE, lambda error: {"error": repr(error)})
    )
    reading = asyncio.create_task(client.read(stream))
    await until(lambda: len(client.bodies) == 2)
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading
    assert client.bodies[2:] == [b'data: {"error":"ServerStopping()"}\n\n', b""]
    assert client.ended
    assert broken.closed


async def test_a_client_that_does_not_read_is_not_told_why_its_stream_is_cut() -> None:
    client, gate = Client(), asyncio.Event()
    stream = EventStream(one_after(gate), client.end, errors=StreamErrors(PATIENCE, refusal))
    reading = asyncio.create_task(client.read(stream))
    await until(lambda: len(client.bodies) == 2)
    client.takes.clear()
    gate.set()
    await until(lambda: client.asked == 3)
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading
    assert (client.asked, len(client.bodies)) == (3, 2)
    assert client.ended


async def test_a_client_that_leaves_before_the_first_event_gets_no_response() -> None:
    client, broken = Client(), Broken(0)
    client.left.set()
    await client.read(EventStream(broken.events(), client.end, errors=StreamErrors(PATIENCE, refusal)))
    assert client.bodies == []
    assert client.ended
    assert broken.closed


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
