"""Text completion in the forms of KoboldCpp and llama.cpp: their bodies, and what their answers are made of."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Annotated

from pydantic import Field

from bot.chat.completions import Completion
from bot.engine.types import FinishReason, TokenScore
from bot.platforms.api.callers import Caller
from bot.platforms.api.grammar_fields import read_grammar
from bot.platforms.api.request_fields import GenerationBody
from bot.platforms.api.sampling_fields import read_sampling
from bot.platforms.api.serving import Piece, Serving
from bot.platforms.api.token_usage import TokenUsage


class NativeBody(GenerationBody):
    """A text to be continued."""

    prompt: str = ""
    n_probs: Annotated[int, Field(ge=0, le=20)] | None = None  # llama.cpp: report so many of the likeliest tokens
    genkey: Annotated[str, Field(max_length=64)] | None = None  # under which KoboldCpp's clients abort it

    def completion(self, serving: Serving, caller: Caller, default_tokens: int) -> Completion:
        """What is asked for. Raises ApiError."""
        under = serving.completions.core.settings.sampling
        sampling = read_sampling(self.others, under, most=serving.config.max_tokens, default=default_tokens)
        return Completion(
            text=self.prompt, sampling=sampling, stop=self.stops(), grammar=read_grammar(self.others),
            given=serving.given_state(caller, self.others), scores=self.n_probs or None,
            channel=channel_of(caller, self.genkey),
            caller=caller.key.name, address=caller.address,
        )  # fmt: skip


def channel_of(caller: Caller, genkey: str | None) -> str:
    """What the engine cancels for ``genkey``: never another caller's."""
    return f"{caller.user}:{genkey}" if genkey else ""


@dataclass(slots=True)
class NativeAnswer:
    """What a completion has come to so far."""

    usage: TokenUsage = field(default_factory=TokenUsage)
    text: list[str] = field(default_factory=list)
    scores: list[TokenScore] = field(default_factory=list)
    finish: FinishReason | None = None

    def take(self, piece: Piece) -> None:
        """Add a piece."""
        self.usage.add(piece)
        self.text.append(piece.chunk.text)
        self.scores += piece.chunk.scores
        self.finish = piece.chunk.finish_reason or self.finish


async def whole_answer(pieces: AsyncGenerator[Piece]) -> NativeAnswer:
    """All of it."""
    answer = NativeAnswer()
    async with aclosing(pieces):
        async for piece in pieces:
            answer.take(piece)
    return answer
