"""The response of ``/v1/completions``, whole or streamed."""

import secrets
import time
from collections import defaultdict
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from functools import partial

from bot.engine.types import Chunk, TokenScore
from bot.platforms.api.api_context import Piece
from bot.platforms.api.api_events import DONE, EncodedEvent, Event, TextEvents, encode_event, encode_events
from bot.platforms.api.request_fields import FINISH
from bot.platforms.api.score_fields import text_scores
from bot.platforms.api.token_usage import TokenUsage


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """The composition of a response."""

    n: int = 1  # choices per prompt
    drawn: int = 1  # candidates per prompt, from which the n best are selected
    echoes: Sequence[str] = ()  # the prompts, if they are to be repeated
    scores: bool = False  # whether to report log-probabilities


@dataclass(slots=True)
class _Choice:
    """A continuation of one prompt."""

    text: list[str] = field(default_factory=list)
    scores: list[TokenScore] = field(default_factory=list)
    shown: int = 0  # how many scores were sent
    offset: int = 0  # characters covered by those
    finish: str | None = None
    begun: bool = False

    @property
    def worth(self) -> float:
        """The mean log-probability per token."""
        return sum(score.logprob for score in self.scores) / max(1, len(self.scores))


class TextAnswer:
    """Converts the pieces of replies to the format clients expect."""

    def __init__(self, model: str, fingerprint: str, shape: Shape) -> None:
        self._head = {
            "id": f"cmpl-{secrets.token_hex(12)}", "object": "text_completion", "created": int(time.time()),
            "model": model, "system_fingerprint": fingerprint,
        }  # fmt: skip
        self._shape = shape
        self._choices: defaultdict[int, _Choice] = defaultdict(_Choice)
        self._usage = TokenUsage()
        self._texts = TextEvents()
        self._more: dict[str, None] = {}  # what chunks report besides the choice

    async def whole(self, pieces: AsyncGenerator[Piece]) -> dict[str, object]:
        """Return the finished response."""
        async with aclosing(pieces):
            async for piece in pieces:
                index, text = self._take(piece)
                self._choices[index].text.append(text)
        choices = [self._shown(choice, "".join(choice.text), index) for index, choice in enumerate(self._best())]
        return {**self._head, "choices": choices, "usage": self._usage.body()}

    async def events(self, pieces: AsyncGenerator[Piece], *, usage: bool) -> AsyncGenerator[EncodedEvent]:
        """Yield the response's chunks; with ``usage``, a last one reports the token usage."""
        self._more = {"usage": None} if usage else {}
        async with aclosing(pieces):
            async for piece in pieces:
                if event := self._event_of(piece):
                    yield event
        last = {**self._head, "choices": [], "usage": self._usage.body()}
        yield encode_events((last, DONE) if usage else (DONE,))

    def _event_of(self, piece: Piece) -> EncodedEvent:
        index, text = self._take(piece)
        if self._choices[index].finish or (text and self._shape.scores):
            return encode_event(self._event(text, index))
        return self._encoded(text, index) if text else b""

    def direct(self, chunk: Chunk) -> EncodedEvent | None:
        """Return the event of a chunk within a reply to the only prompt, or None if ``events`` must see it."""
        if chunk.index not in self._choices or not chunk.text or chunk.scores or self._shape.scores:
            return None
        return self._encoded(chunk.text, chunk.index)

    def _encoded(self, text: str, index: int) -> EncodedEvent:
        return self._texts.encode(index, text, partial(self._event, index=index))

    def _event(self, text: str, index: int) -> Event:
        return {**self._head, "choices": [self._shown(self._choices[index], text, index)], **self._more}

    def _take(self, piece: Piece) -> tuple[int, str]:
        """Return the index of the choice that ``piece`` belongs to, and its new text."""
        self._usage.add(piece)
        index = piece.place * self._shape.drawn + piece.chunk.index
        choice = self._choices[index]
        choice.scores += piece.chunk.scores
        text = piece.chunk.text
        if not choice.begun:
            choice.begun = True
            text = (self._shape.echoes[piece.place] if self._shape.echoes else "") + text
        if piece.chunk.finish_reason is not None:
            choice.finish = FINISH[piece.chunk.finish_reason]
        return index, text

    def _best(self) -> list[_Choice]:
        """Return the choices in order; of surplus candidates, only the most likely."""
        drawn, n = self._shape.drawn, self._shape.n
        found = [choice for _, choice in sorted(self._choices.items())]
        if drawn == n:
            return found
        groups = [found[start : start + drawn] for start in range(0, len(found), drawn)]
        return [choice for group in groups for choice in sorted(group, key=lambda one: -one.worth)[:n]]

    def _shown(self, choice: _Choice, text: str, index: int) -> Event:
        shown: Event | None = None
        if self._shape.scores:
            new = choice.scores[choice.shown :]
            choice.shown = len(choice.scores)
            shown, choice.offset = text_scores(new, choice.offset)
        return {"text": text, "index": index, "logprobs": shown, "finish_reason": choice.finish}
