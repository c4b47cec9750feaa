"""Server-Sent Events over one response, for clients that may be slow or gone."""

import asyncio
import contextlib
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

PING_SECONDS = 15.0  # a comment this often keeps proxies from closing a silent stream
STALL_SECONDS = 20.0  # a client that takes nothing for this long is given up

Event = Mapping[str, object]


def encode_event(event: Event) -> bytes:
    """One event: a ``data:`` line of JSON. Its ``type`` tells what it is."""
    return b"data: " + json.dumps(event, ensure_ascii=False, separators=(",", ":")).encode() + b"\n\n"


class EventStream(Response):
    """Sends ``events`` as they come; ends with them, with the client, or when the client takes nothing any more.

    Events that are bytes are sent as they are. ``on_end`` runs in each case. Nothing is buffered here: the next event
    is asked for when the last one is sent.
    """

    media_type = "text/event-stream"

    def __init__(
        self,
        events: AsyncIterator[Event | bytes],
        on_end: Callable[[], Awaitable[None]],
        *,
        stall_seconds: float | None = None,
        encode: Callable[[Event], bytes] = encode_event,
    ) -> None:
        super().__init__(headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"})
        del self.headers["content-length"]
        self._events = events
        self._encode = encode
        self._on_end = on_end
        self._stall_seconds = stall_seconds or STALL_SECONDS
        self._sent = time.monotonic()  # when something was, last
        self._sending = 0.0  # since when the client has not taken what is being sent; 0: it has

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve the response."""
        pump = asyncio.create_task(self._pump(send))
        tasks = (pump, asyncio.create_task(self._watch(send)), asyncio.create_task(_until_disconnected(receive)))
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            # Shielded by being awaited last: even when the server cancels this request, the turn is wound up.
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)
            await self._on_end()
        if not pump.cancelled() and (error := pump.exception()) is not None:
            raise error

    async def _pump(self, send: Send) -> None:
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        async for event in self._events:
            await self._send(send, event if isinstance(event, bytes) else self._encode(event))
        await self._send(send, b"", more=False)

    async def _watch(self, send: Send) -> None:
        """A comment whenever nothing was sent for a while; ends when the client takes nothing any more.

        One timer a stream: a time limit around every event would cost more than the event.
        """
        while True:
            await asyncio.sleep(min(PING_SECONDS, self._stall_seconds))
            now = time.monotonic()
            if self._sending:
                if now - self._sending >= self._stall_seconds:
                    return
            elif now - self._sent >= PING_SECONDS:
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(self._stall_seconds):
                        await send({"type": "http.response.body", "body": b": still here\n\n", "more_body": True})
                        self._sent = now
                        continue
                return

    async def _send(self, send: Send, body: bytes, *, more: bool = True) -> None:
        self._sending = time.monotonic()
        await send({"type": "http.response.body", "body": body, "more_body": more})
        self._sent, self._sending = self._sending, 0.0


async def _until_disconnected(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
