"""Answers that come in pieces: server-sent events as OpenAI's clients read them, and clients that leave."""

import asyncio
import json
from collections.abc import AsyncGenerator, Coroutine, Mapping
from contextlib import aclosing
from typing import TypeVar

from starlette.requests import Request
from starlette.responses import Response

from bot.platforms.api.api_errors import as_api_error
from bot.platforms.web.event_stream import EventStream

T = TypeVar("T")
Event = Mapping[str, object]
DONE: Event = {"": "[DONE]"}
NAME = ""  # the key under which an event carries its name, where the stream has named events
FIRST_SECONDS = 2.0  # an answer whose beginning takes longer is begun without it, and kept alive by comments


class ClientGone(Exception):  # noqa: N818  # not a defect
    """Nobody waits for the answer any more."""


def encode_event(event: Event) -> bytes:
    """One event."""
    if event is DONE:
        return b"data: [DONE]\n\n"
    data = json.dumps({key: value for key, value in event.items() if key}, ensure_ascii=False, separators=(",", ":"))
    name = f"event: {event[NAME]}\n" if NAME in event else ""
    return f"{name}data: {data}\n\n".encode("utf-8", "replace")


async def event_response(events: AsyncGenerator[Event]) -> Response:
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


async def _from_first(first: "asyncio.Future[Event | None]", events: AsyncGenerator[Event]) -> AsyncGenerator[Event]:
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
