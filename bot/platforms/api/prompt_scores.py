"""Scoring of prompts: each token is fed as if the model had generated it, one per step.

Evaluation harnesses rank answers this way: ``echo`` with ``logprobs``, mostly with ``max_tokens`` 0.
"""

import math
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import replace

from bot.chat.completions import Completion
from bot.engine.types import Chunk, SamplingParams, TokenScore
from bot.platforms.api.api_context import ApiContext, Piece
from bot.platforms.api.api_errors import bad_request
from bot.platforms.api.callers import Caller


async def with_prompt_scores(
    context: ApiContext, caller: Caller, wanted: Completion, place: int
) -> AsyncGenerator[Piece]:
    """Yield the prompt with its scores, then what is generated after it."""
    coder = context.completions.core.engine.coder
    tokens = wanted.tokens or tuple(coder.encode(wanted.text))
    if len(tokens) > context.config.max_tokens:
        message = f"At most {context.config.max_tokens} tokens are scored ([api] max_tokens), not {len(tokens)}."
        raise bad_request(message, "prompt", "context_length_exceeded")
    if tokens:
        data = coder.decode_bytes(tokens[:1])
        first = TokenScore(token=tokens[0], data=data, logprob=math.nan)
        chunk = Chunk(text=data.decode(errors="replace"), scores=(first,))
        for piece in _repeated(Piece(chunk, len(tokens), 0, place), wanted.n):
            yield piece
    if len(tokens) > 1:
        sampling = SamplingParams(temperature=0.0, max_tokens=len(tokens) - 1)
        given = replace(wanted, text="", tokens=tokens[:1], forced=tokens[1:], stop=(), n=1, sampling=sampling)
        async with aclosing(context.pieces(caller, given, place)) as pieces:
            async for piece in pieces:
                chunk = replace(piece.chunk, finish_reason=None, tokens=())
                for each in _repeated(Piece(chunk, len(tokens), 0, place), wanted.n):
                    yield each
    async with aclosing(context.pieces(caller, wanted, place)) as pieces:
        async for piece in pieces:
            yield piece


def _repeated(piece: Piece, n: int) -> list[Piece]:
    """Return the piece once per candidate."""
    return [piece._replace(chunk=replace(piece.chunk, index=index)) for index in range(n)]
