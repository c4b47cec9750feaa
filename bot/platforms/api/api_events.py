"""Streamed responses: server-sent events as OpenAI's clients expect them, and clients that disconnect."""

import asyncio
import json
import secrets
from collections.abc import AsyncGenerator, Callable, Coroutine, Hashable, Iterable, Mapping
from contextlib import aclosing
from json.encoder import encode_basestring
from typing import TypeVar

from starlette.requests import Request
from starlette.responses import Response

from bot.platforms.api.api_errors import as_api_error
from bot.platforms.web.event_stream import BodyWriter, EventStream, StreamErrors

T = TypeVar("T")
Event = Mapping[str, object]
EncodedEvent = bytes  # ready to send
DONE: Event = {"": "[DONE]"}
NAME = ""  # the key for an event's name, in streams with named events
_JSON = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))
_PLACE = secrets.token_hex(16)  # placeholder for the text; unguessable, so it occurs in no client's input
FIRST_SECONDS = 2.0  # if the first event takes longer, the response starts without it and comments keep it alive


class ClientGone(Exception):  # noqa: N818  # not a defect
    """Raised when the client has disconnected before the response was complete."""


def encode_event(event: Event) -> EncodedEvent:
    if event is DONE:
        return b"data: [DONE]\n\n"
    name = ""
    if NAME in event:
        name = f"event: {event[NAME]}\n"
        event = {key: value for key, value in event.items() if key != NAME}
    return f"{name}data: {_JSON.encode(event)}\n\n".encode("utf-8", "replace")


def encode_events(events: Iterable[Event | EncodedEvent]) -> EncodedEvent:
    return b"".join(event if isinstance(event, bytes) else encode_event(event) for event in events)


class TextEvents:
    """Encodes events that differ only in a text: everything else is encoded once."""

    def __init__(self) -> None:
        self._frames: dict[Hashable, tuple[bytes, bytes]] = {}  # kind -> what precedes and follows the text

    def encode(self, kind: Hashable, text: str, event: Callable[[str], Event]) -> EncodedEvent:
        """Encode ``event(text)``. Events of one ``kind`` must be equal apart from the text."""
        frame = self._frames.get(kind)
        if frame is None:
            before, _, after = encode_event(event(_PLACE)).partition(f'"{_PLACE}"'.encode())
            frame = self._frames[kind] = (before, after)
        return frame[0] + encode_basestring(text).encode("utf-8", "replace") + frame[1]


def event_response(
    events: AsyncGenerator[Event] | AsyncGenerator[EncodedEvent], on_writer: Callable[[BodyWriter], None] | None = None
) -> Response:
    """Stream ``events``. An error before the first event is raised; a later one is sent as the last event.

    ``on_writer``: see EventStream.
    """
    errors = StreamErrors(FIRST_SECONDS, lambda error: as_api_error(error).body())
    return EventStream(events, events.aclose, encode=encode_event, on_writer=on_writer, errors=errors)


async def while_connected(request: Request, work: Coroutine[object, None, T]) -> T:
    """Await ``work``. If the client disconnects first, cancel it and raise ClientGone."""
    task = asyncio.ensure_future(work)
    watch = asyncio.ensure_future(_until_gone(request))
    try:
        await asyncio.wait({task, watch}, return_when=asyncio.FIRST_COMPLETED)
        if not task.done():
            raise ClientGone
        return task.result()
    finally:
        for each in (task, watch):
            each.cancel()
        await asyncio.wait({task, watch})


async def _until_gone(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass


async def merged(sources: "list[AsyncGenerator[T]]") -> AsyncGenerator[T]:
    """Yield the items of all ``sources`` as they come."""
    queue: asyncio.Queue[T | BaseException | None] = asyncio.Queue(maxsize=64)

    async def pump(source: AsyncGenerator[T]) -> None:
        try:
            async with aclosing(source):
                async for item in source:
                    await queue.put(item)
            await queue.put(None)
        except Exception as error:
            await queue.put(error)

    tasks = [asyncio.ensure_future(pump(source)) for source in sources]
    left = len(tasks)
    try:
        while left:
            item = await queue.get()
            if item is None:
                left -= 1
            elif isinstance(item, BaseException):
                raise item
            else:
                yield item
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
