"""The ``usage`` of an answer."""

from dataclasses import dataclass, field

from bot.platforms.api.serving import Piece


@dataclass(slots=True)
class TokenUsage:
    """Counts the tokens of an answer's pieces."""

    _prompts: dict[int, tuple[int, int]] = field(default_factory=dict)
    written: int = 0
    reasoning: int = 0

    def add(self, piece: Piece) -> None:
        """Count a piece."""
        self._prompts[piece.place] = (piece.prompt_tokens, piece.cached_tokens)
        self.written += len(piece.chunk.tokens)

    @property
    def read(self) -> int:
        """Tokens of the prompts, known before or not."""
        return sum(tokens for tokens, _ in self._prompts.values())

    @property
    def cached(self) -> int:
        """Of these, those that were known before."""
        return sum(cached for _, cached in self._prompts.values())

    def body(self) -> dict[str, object]:
        """As chat and text completions show it."""
        return {
            "prompt_tokens": self.read, "completion_tokens": self.written, "total_tokens": self.read + self.written,
            "prompt_tokens_details": {"cached_tokens": self.cached},
            "completion_tokens_details": {"reasoning_tokens": self.reasoning},
        }  # fmt: skip

    def response_body(self) -> dict[str, object]:
        """As responses show it."""
        return {
            "input_tokens": self.read, "output_tokens": self.written, "total_tokens": self.read + self.written,
            "input_tokens_details": {"cached_tokens": self.cached, "cache_write_tokens": 0},
            "output_tokens_details": {"reasoning_tokens": self.reasoning},
        }  # fmt: skip
