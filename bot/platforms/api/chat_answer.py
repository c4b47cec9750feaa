"""The response of ``/v1/chat/completions``, whole or streamed."""

import secrets
import time
from collections import defaultdict
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator, Mapping
from contextlib import aclosing
from dataclasses import dataclass, field

from bot.engine.types import Chunk, TokenScore
from bot.platforms.api.api_context import Piece
from bot.platforms.api.api_events import DONE, EncodedEvent, Event, TextEvents, encode_events
from bot.platforms.api.call_reader import CallPiece
from bot.platforms.api.reply_parts import Parts, ReplyParts
from bot.platforms.api.request_fields import FINISH
from bot.platforms.api.score_fields import chat_scores
from bot.platforms.api.token_usage import TokenUsage
from bot.platforms.api.tool_calls import Call

Keep = Callable[[Mapping[str, object]], Awaitable[None]]


@dataclass(slots=True)
class _Choice:
    """One of the choices."""

    parts: ReplyParts
    begun: bool = False
    answer: list[str] = field(default_factory=list)
    reasoning: list[str] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)
    scores: list[TokenScore] = field(default_factory=list)
    new_scores: list[TokenScore] = field(default_factory=list)  # not sent yet
    finish: str | None = None

    def take(self, parts: Parts) -> None:
        self.reasoning.append(parts.reasoning)
        self.answer.append(parts.answer)
        for piece in parts.calls:
            if piece.name:
                self.calls.append(Call(piece.name))
            self.calls[piece.place].take(piece)


class ChatAnswer:
    """Converts the pieces of a reply to the format clients expect."""

    def __init__(
        self,
        model: str,
        fingerprint: str,
        usage: TokenUsage | None = None,
        *,
        thinking: bool,
        tools: bool = False,
        keep: Keep | None = None,
    ) -> None:
        """Start an answer.

        ``tools``: a reply that starts with a bracket is a list of calls. ``keep`` is called with the finished answer.
        """
        self._keep = keep
        self._head = {
            "id": f"chatcmpl-{secrets.token_hex(12)}", "created": int(time.time()), "model": model,
            "system_fingerprint": fingerprint, "service_tier": "default",
        }  # fmt: skip
        self._choices: defaultdict[int, _Choice] = defaultdict(
            lambda: _Choice(ReplyParts(thinking=thinking, tools=tools))
        )
        self._usage = usage or TokenUsage()
        self._texts = TextEvents()
        self._more: dict[str, None] = {}  # what chunks report besides the choice

    async def whole(self, pieces: AsyncGenerator[Piece]) -> dict[str, object]:
        """Return the finished response."""
        async with aclosing(pieces):
            async for piece in pieces:
                self._take(piece)
        return await self._end()

    async def events(self, pieces: AsyncGenerator[Piece], *, usage: bool) -> AsyncGenerator[EncodedEvent]:
        """Yield the response's chunks, those of a piece at once; with ``usage``, a last one reports the token usage."""
        self._more = {"usage": None} if usage else {}
        async with aclosing(pieces):
            async for piece in pieces:
                if events := encode_events(self._events_of(piece)):
                    yield events
        await self._end()
        last = {**self._head, "object": "chat.completion.chunk", "choices": [], "usage": self._usage.body()}
        yield encode_events((last, DONE) if usage else (DONE,))

    def _events_of(self, piece: Piece) -> Iterator[Event | EncodedEvent]:
        index = piece.chunk.index
        choice = self._choices[index]
        if not choice.begun:
            choice.begun = True
            yield self._delta(index, {"role": "assistant", "content": ""})
        for parts in self._take(piece):
            yield from self._part_events(index, parts)
        if choice.finish is not None:
            yield self._delta(index, {}, choice.finish)

    def direct(self, chunk: Chunk) -> EncodedEvent | None:
        """Return the events of a chunk within a reply, or None if ``events`` must see it."""
        choice = self._choices.get(chunk.index)
        if choice is None or not choice.begun or chunk.scores:
            return None
        parts = choice.parts.push(chunk.text)
        choice.take(parts)
        if parts.answer and not (parts.reasoning or parts.calls or choice.new_scores):  # nearly every chunk
            return self._encoded(chunk.index, "content", parts.answer)
        return encode_events(self._part_events(chunk.index, parts))

    def _part_events(self, index: int, parts: Parts) -> Iterator[Event | EncodedEvent]:
        if parts.reasoning:
            yield self._text(index, "reasoning_content", parts.reasoning)
        if parts.answer:
            yield self._text(index, "content", parts.answer)
        for call in parts.calls:
            if (delta := _call_delta(self._choices[index].calls[call.place], call)) is not None:
                yield self._delta(index, delta)

    async def _end(self) -> dict[str, object]:
        choices = [self._message(index) for index in sorted(self._choices)]
        body = {**self._head, "object": "chat.completion", "choices": choices, "usage": self._usage.body()}
        if self._keep is not None:
            await self._keep(body)
        return body

    def _take(self, piece: Piece) -> list[Parts]:
        """Update the choice that ``piece`` belongs to and return its new parts."""
        self._usage.add(piece)
        choice = self._choices[piece.chunk.index]
        choice.scores += piece.chunk.scores
        choice.new_scores += piece.chunk.scores
        found = [choice.parts.push(piece.chunk.text)]
        if piece.chunk.finish_reason is not None:
            found.append(choice.parts.end())
            choice.finish = FINISH[piece.chunk.finish_reason]
        for parts in found:
            choice.take(parts)
        if choice.finish == "stop" and choice.calls:
            choice.finish = "tool_calls"
        return found

    def _text(self, index: int, name: str, text: str) -> Event | EncodedEvent:
        if self._choices[index].new_scores:
            return self._delta(index, {name: text})
        return self._encoded(index, name, text)

    def _encoded(self, index: int, name: str, text: str) -> EncodedEvent:
        return self._texts.encode((index, name), text, lambda text: self._delta(index, {name: text}))

    def _delta(self, index: int, delta: Event, finish: str | None = None) -> Event:
        scores, self._choices[index].new_scores = self._choices[index].new_scores, []
        shown = chat_scores(scores) if scores else None
        choice = {"index": index, "delta": delta, "logprobs": shown, "finish_reason": finish}
        return {**self._head, "object": "chat.completion.chunk", "choices": [choice], **self._more}

    def _message(self, index: int) -> Event:
        choice = self._choices[index]
        text = None if choice.calls else "".join(choice.answer)
        message: dict[str, object] = {"role": "assistant", "content": text, "refusal": None, "annotations": []}
        if choice.calls:
            message["tool_calls"] = [call.body() for call in choice.calls]
        if reasoning := "".join(choice.reasoning):
            message["reasoning_content"] = reasoning
        shown = chat_scores(choice.scores) if choice.scores else None
        return {"index": index, "message": message, "logprobs": shown, "finish_reason": choice.finish}


def _call_delta(call: Call, piece: CallPiece) -> Event | None:
    """Return a piece of a call as a stream delta: first the function's name, then its arguments."""
    if piece.name:
        return {"tool_calls": [{"index": piece.place, **call.body(), "function": {"name": call.name, "arguments": ""}}]}
    if not piece.arguments:
        return None
    return {"tool_calls": [{"index": piece.place, "function": {"arguments": piece.arguments}}]}
