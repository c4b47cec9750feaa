"""Answers that come in pieces: server-sent events as OpenAI's clients read them, and clients that leave."""

import asyncio
import json
import secrets
from collections.abc import AsyncGenerator, Callable, Coroutine, Hashable, Mapping
from contextlib import aclosing
from json.encoder import encode_basestring
from typing import TypeVar

from starlette.requests import Request
from starlette.responses import Response

from bot.platforms.api.api_errors import as_api_error
from bot.platforms.web.event_stream import EventStream

T = TypeVar("T")
Event = Mapping[str, object]
EncodedEvent = bytes  # as it is sent
DONE: Event = {"": "[DONE]"}
NAME = ""  # the key under which an event carries its name, where the stream has named events
_JSON = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))
_PLACE = secrets.token_hex(16)  # of the text: occurs in nothing that a client has sent
FIRST_SECONDS = 2.0  # an answer whose beginning takes longer is begun without it, and kept alive by comments


class ClientGone(Exception):  # noqa: N818  # not a defect
    """Nobody waits for the answer any more."""


def encode_event(event: Event) -> EncodedEvent:
    """One event."""
    if event is DONE:
        return b"data: [DONE]\n\n"
    name = ""
    if NAME in event:
        name = f"event: {event[NAME]}\n"
        event = {key: value for key, value in event.items() if key != NAME}
    return f"{name}data: {_JSON.encode(event)}\n\n".encode("utf-8", "replace")


class TextEvents:
    """Events that come again and again with another text: all but the text is encoded once."""

    def __init__(self) -> None:
        self._frames: dict[Hashable, tuple[bytes, bytes]] = {}  # what stands before and after the text

    def encode(self, kind: Hashable, text: str, event: Callable[[str], Event]) -> EncodedEvent:
        """``event`` of ``text``; of one kind all are the same but for the text."""
        frame = self._frames.get(kind)
        if frame is None:
            before, _, after = encode_event(event(_PLACE)).partition(f'"{_PLACE}"'.encode())
            frame = self._frames[kind] = (before, after)
        return frame[0] + encode_basestring(text).encode("utf-8", "replace") + frame[1]


async def event_response(events: AsyncGenerator[Event | EncodedEvent]) -> Response:
    """Stream ``events``. What goes wrong before the first is raised here; what goes wrong later, is the last event."""
    first = asyncio.ensure_future(anext(events, None))
    try:
        await asyncio.wait({first}, timeout=FIRST_SECONDS)
        if first.done():
            first.result()
    except BaseException:
        first.cancel()
        await asyncio.wait({first})
        await events.aclose()
        raise
    whole = _from_first(first, events)
    return EventStream(whole, whole.aclose, encode=encode_event)


async def _from_first(
    first: "asyncio.Future[Event | EncodedEvent | None]", events: AsyncGenerator[Event | EncodedEvent]
) -> AsyncGenerator[Event | EncodedEvent]:
    try:
        event = await first
        while event is not None:
            yield event
            event = await anext(events, None)
    except Exception as error:
        yield as_api_error(error).body()
    finally:
        if not first.done():
            first.cancel()
            await asyncio.wait({first})
        await events.aclose()


async def while_connected(request: Request, work: Coroutine[object, None, T]) -> T:
    """What ``work`` returns; it is cancelled, and ClientGone raised, when the client leaves before."""
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
    """What several give, as it comes."""
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
