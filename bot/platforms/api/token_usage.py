"""The ``usage`` of a response."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import accumulate

from bot.engine.types import Coder
from bot.library.prompts import THINK_END
from bot.platforms.api.api_context import Piece


@dataclass(slots=True)
class TokenUsage:
    """Counts the tokens of a response's pieces."""

    thinking_in: Coder | None = None  # the tokenizer, if replies start inside the reasoning
    _prompts: dict[int, tuple[int, int]] = field(default_factory=dict)
    written: int = 0
    reasoning: int = 0

    def add(self, piece: Piece) -> None:
        self._prompts[piece.place] = (piece.prompt_tokens, piece.cached_tokens)
        self.written += len(piece.chunk.tokens)
        if self.thinking_in is not None:
            self.reasoning += reasoning_tokens(piece.chunk.tokens, self.thinking_in)

    @property
    def read(self) -> int:
        """Prompt tokens, cached ones included."""
        return sum(tokens for tokens, _ in self._prompts.values())

    @property
    def cached(self) -> int:
        """Prompt tokens found in the cache."""
        return sum(cached for _, cached in self._prompts.values())

    def body(self) -> dict[str, object]:
        """Return the usage in the format of chat and text completions."""
        return {
            "prompt_tokens": self.read, "completion_tokens": self.written, "total_tokens": self.read + self.written,
            "prompt_tokens_details": {"cached_tokens": self.cached},
            "completion_tokens_details": {"reasoning_tokens": self.reasoning},
        }  # fmt: skip

    def response_body(self) -> dict[str, object]:
        """Return the usage in the format of the Responses API."""
        return {
            "input_tokens": self.read, "output_tokens": self.written, "total_tokens": self.read + self.written,
            "input_tokens_details": {"cached_tokens": self.cached, "cache_write_tokens": 0},
            "output_tokens_details": {"reasoning_tokens": self.reasoning},
        }  # fmt: skip


def reasoning_tokens(tokens: Sequence[int], coder: Coder) -> int:
    """Return how many of a reply's tokens are reasoning, including ``</think>``."""
    end = THINK_END.encode()
    place = coder.decode_bytes(tokens).find(end)
    if place < 0:
        return len(tokens)
    sizes = accumulate(len(coder.decode_bytes((token,))) for token in tokens)
    return next(count for count, size in enumerate(sizes, 1) if size >= place + len(end))
