"""The answer of ``/v1/completions``, whole or in pieces."""

import secrets
import time
from collections import defaultdict
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field

from bot.platforms.api.api_events import DONE, Event
from bot.platforms.api.request_fields import FINISH
from bot.platforms.api.serving import Piece
from bot.platforms.api.token_usage import TokenUsage


@dataclass(slots=True)
class _Choice:
    """One continuation of one prompt."""

    text: list[str] = field(default_factory=list)
    finish: str | None = None
    begun: bool = False


class TextAnswer:
    """Turns the pieces of replies into what clients read. ``echoes``: the prompts, where they are to be repeated."""

    def __init__(self, model: str, fingerprint: str, *, n: int, echoes: Sequence[str] = ()) -> None:
        self._head = {
            "id": f"cmpl-{secrets.token_hex(12)}", "object": "text_completion", "created": int(time.time()),
            "model": model, "system_fingerprint": fingerprint,
        }  # fmt: skip
        self._n = n
        self._echoes = echoes
        self._choices: defaultdict[int, _Choice] = defaultdict(_Choice)
        self._usage = TokenUsage()

    async def whole(self, pieces: AsyncGenerator[Piece]) -> dict[str, object]:
        """Everything at once."""
        async with aclosing(pieces):
            async for piece in pieces:
                index, text = self._take(piece)
                self._choices[index].text.append(text)
        choices = [
            _choice("".join(choice.text), index, choice.finish) for index, choice in sorted(self._choices.items())
        ]
        return {**self._head, "choices": choices, "usage": self._usage.body()}

    async def events(self, pieces: AsyncGenerator[Piece], *, usage: bool) -> AsyncGenerator[Event]:
        """Piece by piece; ``usage``: the last of them tells what it cost."""
        more = {"usage": None} if usage else {}
        async with aclosing(pieces):
            async for piece in pieces:
                index, text = self._take(piece)
                finish = self._choices[index].finish
                if text or finish:
                    yield {**self._head, "choices": [_choice(text, index, finish)], **more}
        if usage:
            yield {**self._head, "choices": [], "usage": self._usage.body()}
        yield DONE

    def _take(self, piece: Piece) -> tuple[int, str]:
        """The index of the choice that ``piece`` belongs to, and its new text."""
        self._usage.add(piece)
        index = piece.place * self._n + piece.chunk.index
        choice = self._choices[index]
        text = piece.chunk.text
        if not choice.begun:
            choice.begun = True
            text = (self._echoes[piece.place] if self._echoes else "") + text
        if piece.chunk.finish_reason is not None:
            choice.finish = FINISH[piece.chunk.finish_reason]
        return index, text


def _choice(text: str, index: int, finish: str | None) -> Event:
    return {"text": text, "index": index, "logprobs": None, "finish_reason": finish}
