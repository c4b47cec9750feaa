"""The answer of ``/v1/completions``, whole or in pieces."""

import secrets
import time
from collections import defaultdict
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from functools import partial

from bot.engine.types import TokenScore
from bot.platforms.api.api_events import DONE, EncodedEvent, Event, TextEvents
from bot.platforms.api.request_fields import FINISH
from bot.platforms.api.score_fields import text_scores
from bot.platforms.api.serving import Piece
from bot.platforms.api.token_usage import TokenUsage


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """What an answer is made of."""

    n: int = 1  # choices of each prompt
    drawn: int = 1  # candidates of each prompt, of which the n best are chosen
    echoes: Sequence[str] = ()  # the prompts, where they are to be repeated
    scores: bool = False  # show log-probabilities


@dataclass(slots=True)
class _Choice:
    """One continuation of one prompt."""

    text: list[str] = field(default_factory=list)
    scores: list[TokenScore] = field(default_factory=list)
    shown: int = 0  # of the scores, those that were sent
    offset: int = 0  # characters that they cover
    finish: str | None = None
    begun: bool = False

    @property
    def worth(self) -> float:
        """The mean log-probability of a token."""
        return sum(score.logprob for score in self.scores) / max(1, len(self.scores))


class TextAnswer:
    """Turns the pieces of replies into what clients read."""

    def __init__(self, model: str, fingerprint: str, shape: Shape) -> None:
        self._head = {
            "id": f"cmpl-{secrets.token_hex(12)}", "object": "text_completion", "created": int(time.time()),
            "model": model, "system_fingerprint": fingerprint,
        }  # fmt: skip
        self._shape = shape
        self._choices: defaultdict[int, _Choice] = defaultdict(_Choice)
        self._usage = TokenUsage()

    async def whole(self, pieces: AsyncGenerator[Piece]) -> dict[str, object]:
        """Everything at once."""
        async with aclosing(pieces):
            async for piece in pieces:
                index, text = self._take(piece)
                self._choices[index].text.append(text)
        choices = [self._shown(choice, "".join(choice.text), index) for index, choice in enumerate(self._best())]
        return {**self._head, "choices": choices, "usage": self._usage.body()}

    async def events(self, pieces: AsyncGenerator[Piece], *, usage: bool) -> AsyncGenerator[Event | EncodedEvent]:
        """Piece by piece; ``usage``: the last of them tells what it cost."""
        more = {"usage": None} if usage else {}
        texts = TextEvents()

        def event(choice: _Choice, text: str, index: int) -> Event:
            return {**self._head, "choices": [self._shown(choice, text, index)], **more}

        async with aclosing(pieces):
            async for piece in pieces:
                index, text = self._take(piece)
                choice = self._choices[index]
                if choice.finish or (text and self._shape.scores):
                    yield event(choice, text, index)
                elif text:
                    yield texts.encode(index, text, partial(event, choice, index=index))
        if usage:
            yield {**self._head, "choices": [], "usage": self._usage.body()}
        yield DONE

    def _take(self, piece: Piece) -> tuple[int, str]:
        """The index of the choice that ``piece`` belongs to, and its new text."""
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
        """The choices in their order; of more candidates than were asked for, the likeliest."""
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
