"""Server-Sent Events on one response, for clients that may be slow or disconnect."""

import asyncio
import contextlib
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

PING = b": still here\n\n"
PING_SECONDS = 15.0  # interval of comments that keep proxies from closing an idle stream
INNER_SEND = "roost.send"  # extension of an ASGI scope: the server's own ``send``, without the middlewares around it
BODY_WRITER = "roost.body_writer"  # extension of an ASGI scope: a BodyWriter of the response
CUT_SECONDS = 0.5  # for the last event of a stream that the server's stop ends
STALL_SECONDS = 20.0  # a client that reads nothing for this long is dropped

Event = Mapping[str, object]


def encode_event(event: Event) -> bytes:
    """Encode one event as a ``data:`` line of JSON. Its ``type`` says what kind it is."""
    return b"data: " + json.dumps(event, ensure_ascii=False, separators=(",", ":")).encode() + b"\n\n"


class ServerStopping(Exception):  # noqa: N818  # not a defect
    """Given to ``StreamErrors`` when the server stops before a stream has ended."""


class BodyWriter(Protocol):
    """Writes to a response's body without waiting."""

    @property
    def last_write(self) -> float:
        """The time of the last write, by ``time.monotonic``; 0 before the first."""

    @property
    def ready(self) -> bool:
        """Whether the response has begun and the client takes what is written."""

    def write(self, body: bytes) -> None:
        """Write a part of the body; only while ``ready``."""


@dataclass(frozen=True, slots=True)
class StreamErrors:
    """How errors are told: until the response has begun, they are raised; then they become its last event.

    The response begins with the first event, or after ``first_seconds`` without one.
    """

    first_seconds: float
    event: Callable[[Exception], Event]


class EventStream(Response):
    """Sends ``events`` as they come, until they end or the client disconnects or stops reading.

    Events that are bytes are sent unchanged. ``on_end`` runs in every case. Nothing is buffered: the next event is
    requested only after the last one was sent. If the server allows it, events bypass the middlewares, which
    change only the start of a response: their six calls for every token of every stream would be a tenth of its cost.
    ``on_writer`` gets the response's BodyWriter if the server has one. What is written there while the next event is
    awaited comes between the events.
    Without ``errors``, the response begins at once, and an error ends it.
    """

    media_type = "text/event-stream"

    def __init__(
        self,
        events: AsyncIterator[Event | bytes],
        on_end: Callable[[], Awaitable[None]],
        *,
        stall_seconds: float | None = None,
        encode: Callable[[Event], bytes] = encode_event,
        on_writer: Callable[[BodyWriter], None] | None = None,
        errors: StreamErrors | None = None,
    ) -> None:
        super().__init__(headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"})
        del self.headers["content-length"]
        self._events = events
        self._encode = encode
        self._on_end = on_end
        self._on_writer = on_writer
        self._errors = errors
        self._writer: BodyWriter | None = None
        self._stall_seconds = stall_seconds or STALL_SECONDS
        self._begun = False
        self._sent = time.monotonic()  # when something was last sent
        self._sending = 0.0  # since when the current send has been waiting for the client; 0: none is

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        extensions = scope.get("extensions", {})
        self._writer = extensions.get(BODY_WRITER) if self._on_writer is not None else None
        if self._on_writer is not None and self._writer is not None:
            self._on_writer(self._writer)
        watches = (asyncio.create_task(self._watch(send)), asyncio.create_task(_until_disconnected(receive)))
        try:
            # The events are sent in this task: a task of their own would begin after those of all other new requests.
            async with _until_one_ends(watches):
                await self._pump(send, extensions.get(INNER_SEND, send))
        except asyncio.CancelledError:
            await self._cut(send)
            raise
        finally:
            # Awaited in the finally block, so that on_end runs even if the server cancels this request.
            for task in watches:
                task.cancel()
            await asyncio.wait(watches)
            await self._on_end()

    async def _pump(self, send: Send, send_part: Send) -> None:
        if self._errors is None:
            await self._begin(send)
        try:
            async for event in self._events:
                if not self._begun:
                    await self._begin(send)
                await self._send(send_part, event if isinstance(event, bytes) else self._encode(event))
        except Exception as error:
            if self._errors is None or not self._begun:
                raise
            await self._send(send_part, self._encode(self._errors.event(error)))
        await self._begin(send)
        await self._send(send, b"", more=False)

    async def _cut(self, send: Send) -> None:
        """Tell a client that reads why its stream ends."""
        if self._errors is not None and self._begun and not self._sending:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(CUT_SECONDS):
                    await self._send(send, self._encode(self._errors.event(ServerStopping())))
                    await self._send(send, b"", more=False)

    async def _begin(self, send: Send) -> None:
        if not self._begun:
            self._begun, self._sending = True, time.monotonic()
            await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
            self._sending = 0.0

    async def _watch(self, send: Send) -> None:
        """Send a comment whenever the stream was idle for a while; return if the client has stopped reading.

        This takes one timer per stream: a timeout around every event would cost more than the event.
        """
        if self._errors is not None:
            await asyncio.sleep(self._errors.first_seconds)
            if not await self._taken(self._begin(send)):
                return
        while True:
            await asyncio.sleep(min(PING_SECONDS, self._stall_seconds))
            now = time.monotonic()
            if self._sending:
                if now - self._sending >= self._stall_seconds:
                    return
            elif now - max(self._sent, self._writer.last_write if self._writer else 0.0) >= PING_SECONDS:
                if not await self._taken(send({"type": "http.response.body", "body": PING, "more_body": True})):
                    return
                self._sent = now

    async def _taken(self, sending: Awaitable[None]) -> bool:
        """Await ``sending``; return False if the client does not take it in time."""
        try:
            async with asyncio.timeout(self._stall_seconds):
                await sending
        except TimeoutError:
            return False
        return True

    async def _send(self, send: Send, body: bytes, *, more: bool = True) -> None:
        self._sending = time.monotonic()
        await send({"type": "http.response.body", "body": body, "more_body": more})
        self._sent, self._sending = self._sending, 0.0


@contextlib.asynccontextmanager
async def _until_one_ends(tasks: Iterable["asyncio.Task[None]"]) -> AsyncIterator[None]:
    """Leave the context when one of ``tasks`` ends."""
    limit, loop, running = asyncio.timeout(None), asyncio.get_running_loop(), True

    def stop(_: "asyncio.Task[None]") -> None:
        if running and limit.when() is None:
            limit.reschedule(loop.time())

    for task in tasks:
        task.add_done_callback(stop)
    try:
        async with limit:
            try:
                yield
            finally:
                running = False
    except TimeoutError:
        if not limit.expired():
            raise


async def _until_disconnected(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
