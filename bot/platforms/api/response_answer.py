"""The response of ``/v1/responses``, whole or streamed."""

import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator, Mapping
from contextlib import aclosing

from bot.engine.types import Chunk
from bot.platforms.api.api_context import Piece
from bot.platforms.api.api_errors import as_api_error
from bot.platforms.api.api_events import NAME, EncodedEvent, Event, encode_events
from bot.platforms.api.reply_parts import ReplyParts
from bot.platforms.api.request_fields import FINISH
from bot.platforms.api.response_object import ANSWERED
from bot.platforms.api.response_output import Output
from bot.platforms.api.token_usage import TokenUsage

Keep = Callable[[Mapping[str, object], str, Chunk], Awaitable[None]]  # response, answer text, last chunk


class ResponseAnswer:
    """Converts the pieces of a reply to the format clients expect, and stores it before the client sees its end."""

    def __init__(
        self, begun: Mapping[str, object], parts: ReplyParts, keep: Keep, usage: TokenUsage | None = None
    ) -> None:
        self._body = dict(begun)
        self._parts = parts
        self._keep = keep
        self._usage = usage or TokenUsage()
        self._output = Output()
        self._text = ""  # as generated
        self._number = 0

    async def whole(self, pieces: AsyncGenerator[Piece]) -> Event:
        """Return the finished response."""
        async with aclosing(pieces):
            async for piece in pieces:
                for _ in self._take(piece):
                    pass
                if piece.chunk.finish_reason is not None:
                    await self._end(piece.chunk)
        return self._body

    async def events(self, pieces: AsyncGenerator[Piece]) -> AsyncGenerator[Event]:
        """Yield the response's events."""
        async with aclosing(pieces):
            try:
                async for piece in pieces:
                    if not self._number:
                        yield self._state_event("response.created")
                        yield self._state_event("response.in_progress")
                    for event in self._take(piece):
                        yield self._numbered(event)
                    if piece.chunk.finish_reason is not None:
                        await self._end(piece.chunk)
                        yield self._state_event(f"response.{self._body['status']}")
            except Exception as error:
                if not self._number:  # nothing was sent, so the error can still be an HTTP status
                    raise
                problem = as_api_error(error)
                failed = {"code": "server_error", "message": problem.message}
                self._body |= {"status": "failed", "error": failed, "output": self._output.items()}
                yield self._state_event("response.failed")

    def direct(self, chunk: Chunk) -> EncodedEvent | None:
        """Return the events of a chunk within the reply, or None if ``events`` must see it."""
        if not self._number or chunk.scores:
            return None
        return encode_events(self._numbered(event) for event in self._taken(chunk))

    def _take(self, piece: Piece) -> Iterator[Event]:
        self._usage.add(piece)
        return self._taken(piece.chunk)

    def _taken(self, chunk: Chunk) -> Iterator[Event]:
        self._text += chunk.text
        yield from self._output.take(self._parts.push(chunk.text), chunk.scores)
        if chunk.finish_reason is not None:
            yield from self._output.take(self._parts.end(), ())
            yield from self._output.end(ANSWERED[FINISH[chunk.finish_reason]])

    async def _end(self, last: Chunk) -> None:
        status = ANSWERED[FINISH[last.finish_reason or "stop"]]
        self._body |= {
            "status": status, "output": self._output.items(), "usage": self._usage.response_body(),
            "completed_at": int(time.time()) if status == "completed" else None,
            "incomplete_details": None if status == "completed" else {"reason": "max_output_tokens"},
        }  # fmt: skip
        await self._keep(self._body, self._text.strip(), last)

    def _state_event(self, name: str) -> Event:
        return self._numbered({"type": name, "response": dict(self._body)})

    def _numbered(self, event: Event) -> Event:
        self._number += 1
        return {NAME: event["type"], **event, "sequence_number": self._number - 1}


def replayed_events(body: Mapping[str, object], after: int) -> Iterator[Event]:
    """Yield the events of a stored response, each item as a whole. ``after``: only events with higher numbers."""
    begun = {**body, "status": "in_progress", "output": [], "usage": None, "completed_at": None}
    events: list[Event] = [
        {"type": "response.created", "response": begun}, {"type": "response.in_progress", "response": begun},
    ]  # fmt: skip
    output = body.get("output")
    for place, item in enumerate(output if isinstance(output, list) else []):
        events.append({"type": "response.output_item.added", "output_index": place, "item": item})
        events.append({"type": "response.output_item.done", "output_index": place, "item": item})
    events.append({"type": f"response.{body['status']}", "response": body})
    for number, event in enumerate(events):
        if number > after:
            yield {NAME: event["type"], **event, "sequence_number": number}
