"""The answer of ``/v1/chat/completions``, whole or in pieces."""

import secrets
import time
from collections import defaultdict
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass, field

from bot.engine.types import TokenScore
from bot.platforms.api.api_events import DONE, Event
from bot.platforms.api.reply_parts import Parts, ReplyParts
from bot.platforms.api.request_fields import FINISH
from bot.platforms.api.score_fields import chat_scores
from bot.platforms.api.serving import Piece
from bot.platforms.api.token_usage import TokenUsage
from bot.platforms.api.tool_calls import read_calls


@dataclass(slots=True)
class _Choice:
    """One of the candidates."""

    parts: ReplyParts
    begun: bool = False
    held: str = ""  # may be a list of calls
    answer: list[str] = field(default_factory=list)
    reasoning: list[str] = field(default_factory=list)
    calls: list[dict[str, object]] = field(default_factory=list)
    scores: list[TokenScore] = field(default_factory=list)
    new_scores: list[TokenScore] = field(default_factory=list)  # not sent yet
    finish: str | None = None


class ChatAnswer:
    """Turns the pieces of a reply into what clients read."""

    def __init__(self, model: str, fingerprint: str, *, thinking: bool, tools: bool = False) -> None:
        """``tools``: an answer that begins with a bracket is a list of calls."""
        self._tools = tools
        self._head = {
            "id": f"chatcmpl-{secrets.token_hex(12)}", "created": int(time.time()), "model": model,
            "system_fingerprint": fingerprint, "service_tier": "default",
        }  # fmt: skip
        self._choices: defaultdict[int, _Choice] = defaultdict(lambda: _Choice(ReplyParts(thinking=thinking)))
        self._usage = TokenUsage()

    async def whole(self, pieces: AsyncGenerator[Piece]) -> dict[str, object]:
        """Everything at once."""
        async with aclosing(pieces):
            async for piece in pieces:
                for parts in self._take(piece):
                    choice = self._choices[piece.chunk.index]
                    choice.reasoning.append(parts.reasoning)
                    choice.answer.append(parts.answer)
        choices = [self._message(index) for index in sorted(self._choices)]
        return {**self._head, "object": "chat.completion", "choices": choices, "usage": self._usage.body()}

    async def events(self, pieces: AsyncGenerator[Piece], *, usage: bool) -> AsyncGenerator[Event]:
        """Piece by piece; ``usage``: the last of them tells what it cost."""
        async with aclosing(pieces):
            async for piece in pieces:
                index = piece.chunk.index
                choice = self._choices[index]
                if not choice.begun:
                    choice.begun = True
                    yield self._delta(index, {"role": "assistant", "content": ""}, usage=usage)
                for parts in self._take(piece):
                    if parts.reasoning:
                        yield self._delta(index, {"reasoning_content": parts.reasoning}, usage=usage)
                    if parts.answer:
                        yield self._delta(index, {"content": parts.answer}, usage=usage)
                for place, call in enumerate(choice.calls):
                    for delta in _call_deltas(place, call):
                        yield self._delta(index, delta, usage=usage)
                if choice.finish is not None:
                    yield self._delta(index, {}, choice.finish, usage=usage)
        if usage:
            yield {**self._head, "object": "chat.completion.chunk", "choices": [], "usage": self._usage.body()}
        yield DONE

    def _take(self, piece: Piece) -> list[Parts]:
        """The new pieces of the candidate that ``piece`` belongs to."""
        self._usage.add(piece)
        choice = self._choices[piece.chunk.index]
        choice.scores += piece.chunk.scores
        choice.new_scores += piece.chunk.scores
        found = [choice.parts.push(piece.chunk.text)]
        if piece.chunk.finish_reason is not None:
            found.append(choice.parts.end())
            choice.finish = FINISH[piece.chunk.finish_reason]
        return self._without_calls(choice, found) if self._tools else found

    @staticmethod
    def _without_calls(choice: _Choice, found: list[Parts]) -> list[Parts]:
        """``found``, or nothing while it is a list of calls; in the end the calls, or the text that is none."""
        choice.held += "".join(parts.answer for parts in found)
        if choice.held.startswith("[") and choice.finish is None:
            return []
        held, choice.held = choice.held, ""
        calls = read_calls(held) if held.startswith("[") else None
        if calls:
            choice.calls, choice.finish = calls, "tool_calls"
            return []
        return [Parts("", held)]

    def _delta(self, index: int, delta: Event, finish: str | None = None, *, usage: bool) -> Event:
        scores, self._choices[index].new_scores = self._choices[index].new_scores, []
        shown = chat_scores(scores) if scores else None
        choice = {"index": index, "delta": delta, "logprobs": shown, "finish_reason": finish}
        more = {"usage": None} if usage else {}
        return {**self._head, "object": "chat.completion.chunk", "choices": [choice], **more}

    def _message(self, index: int) -> Event:
        choice = self._choices[index]
        text = None if choice.calls else "".join(choice.answer)
        message: dict[str, object] = {"role": "assistant", "content": text, "refusal": None, "annotations": []}
        if choice.calls:
            message["tool_calls"] = choice.calls
        if reasoning := "".join(choice.reasoning):
            message["reasoning_content"] = reasoning
        shown = chat_scores(choice.scores) if choice.scores else None
        return {"index": index, "message": message, "logprobs": shown, "finish_reason": choice.finish}


def _call_deltas(place: int, call: Event) -> list[Event]:
    """A call as streams bring it: first who is called, then with what."""
    function = call["function"]
    named = dict(function) if isinstance(function, dict) else {}
    head = {"index": place, **call, "function": {"name": named.get("name"), "arguments": ""}}
    rest = {"index": place, "function": {"arguments": named.get("arguments")}}
    return [{"tool_calls": [head]}, {"tool_calls": [rest]}]
