"""Server-Sent Events over one response, for clients that may be slow or gone."""

import asyncio
import contextlib
import json
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

    ``on_end`` runs in each case. Nothing is buffered here: the next event is asked for when the last one is sent.
    """

    media_type = "text/event-stream"

    def __init__(
        self,
        events: AsyncIterator[Event],
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

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve the response."""
        pump = asyncio.create_task(self._pump(send))
        watch = asyncio.create_task(_until_disconnected(receive))
        try:
            await asyncio.wait({pump, watch}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            # Shielded by being awaited last: even when the server cancels this request, the turn is wound up.
            for task in (pump, watch):
                task.cancel()
            await asyncio.wait({pump, watch})
            await self._on_end()
        if not pump.cancelled() and (error := pump.exception()) is not None:
            raise error

    async def _pump(self, send: Send) -> None:
        async def send_soon(body: bytes, *, more: bool = True) -> None:
            async with asyncio.timeout(self._stall_seconds):
                await send({"type": "http.response.body", "body": body, "more_body": more})

        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        with contextlib.suppress(TimeoutError):  # the client has stalled; there is nobody to tell
            async for body in self._bodies():
                await send_soon(body)
            await send_soon(b"", more=False)

    async def _bodies(self) -> AsyncIterator[bytes]:
        events = aiter(self._events)
        waiting: asyncio.Task[Event] | None = None
        try:
            while True:
                if waiting is None:
                    waiting = asyncio.create_task(_next(events))
                done, _ = await asyncio.wait({waiting}, timeout=PING_SECONDS)
                if not done:
                    yield b": still here\n\n"
                    continue
                event, waiting = waiting.result(), None
                if event is _END:
                    return
                yield self._encode(event)
        finally:
            if waiting is not None:
                waiting.cancel()
                await asyncio.wait({waiting})


_END: Event = {}


async def _next(events: AsyncIterator[Event]) -> Event:
    return await anext(events, _END)


async def _until_disconnected(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
