"""Text completion in the formats of KoboldCpp and llama.cpp: request bodies, and the parts of their responses."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Annotated

from pydantic import Field

from bot.chat.completions import Completion
from bot.engine.types import FinishReason, TokenScore
from bot.platforms.api.api_context import ApiContext, Piece
from bot.platforms.api.callers import Caller
from bot.platforms.api.grammar_fields import read_grammar
from bot.platforms.api.request_fields import GenerationBody
from bot.platforms.api.sampling_fields import read_sampling
from bot.platforms.api.token_usage import TokenUsage


class NativeBody(GenerationBody):
    """A text to be continued."""

    prompt: str = ""
    n_probs: Annotated[int, Field(ge=0, le=20)] | None = None  # llama.cpp: how many top tokens to report
    genkey: Annotated[str, Field(max_length=64)] | None = None  # KoboldCpp: the key by which clients abort it

    def completion(self, context: ApiContext, caller: Caller, default_tokens: int) -> Completion:
        """Return the completion that the request asks for. Raises ApiError."""
        under = context.completions.core.settings.sampling
        sampling = read_sampling(self.others, under, most=context.config.max_tokens, default=default_tokens)
        return Completion(
            text=self.prompt, sampling=sampling, stop=self.stops(), grammar=read_grammar(self.others),
            given=context.given_state(caller, self.others), scores=self.n_probs or None,
            channel=channel_of(caller, self.genkey),
            caller=caller.key.name, address=caller.address,
        )  # fmt: skip


def channel_of(caller: Caller, genkey: str | None) -> str:
    """Return the channel that the engine cancels for ``genkey``. It contains the caller, so no other can be hit."""
    return f"{caller.user}:{genkey}" if genkey else ""


@dataclass(slots=True)
class NativeAnswer:
    """The state of a completion so far."""

    usage: TokenUsage = field(default_factory=TokenUsage)
    text: list[str] = field(default_factory=list)
    scores: list[TokenScore] = field(default_factory=list)
    finish: FinishReason | None = None

    def take(self, piece: Piece) -> None:
        self.usage.add(piece)
        self.text.append(piece.chunk.text)
        self.scores += piece.chunk.scores
        self.finish = piece.chunk.finish_reason or self.finish


async def whole_answer(pieces: AsyncGenerator[Piece]) -> NativeAnswer:
    """Collect all pieces."""
    answer = NativeAnswer()
    async with aclosing(pieces):
        async for piece in pieces:
            answer.take(piece)
    return answer
