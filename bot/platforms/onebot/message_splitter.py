"""Splits replies into messages: whole, in a few pieces by sentence, or as merged forwards if long."""

import re
from dataclasses import dataclass

from bot.platforms.line.splitting import split

MAX_MESSAGE_LENGTH = 4000  # characters; QQ allows about 4,500
NODES = 10  # messages per merged forward
MIN_PIECE_LENGTH = 8  # characters
SENTENCE_END = re.compile(r"(?<=[.!?])\s+|(?<=[。！？…~～])\s*|\n+")
FENCE = re.compile(r"```|~~~")


@dataclass(frozen=True, slots=True)
class MessageSplitter:
    """Splits a given text always in the same way, so that after a restart only the missing pieces are sent."""

    pieces: int = 1  # maximum
    forward_after: int = 1500  # characters; a longer text is sent as a merged forward

    def __call__(self, text: str) -> list[str]:
        """Split into messages, none longer than one merged forward can hold."""
        if len(text) > self.forward_after:
            return split(text, self.forward_after * NODES)
        return self._by_sentence(text) if self.pieces > 1 and not FENCE.search(text) else [text]

    def is_forward(self, text: str) -> bool:
        """Return whether this message must be sent as a merged forward."""
        return len(text) > self.forward_after

    def nodes(self, text: str) -> list[str]:
        """Return the texts of the messages within a merged forward."""
        return split(text, self.forward_after)

    def _by_sentence(self, text: str) -> list[str]:
        """Split into pieces of similar length, each ending with a sentence."""
        found: list[str] = []
        start = 0
        for left in range(self.pieces, 1, -1):
            target = start + (len(text) - start) / left
            ends = [match for match in SENTENCE_END.finditer(text, start) if self._useful(text, start, match)]
            if not ends:
                break
            end = min(ends, key=lambda match: abs(match.start() - target))
            found.append(text[start : end.start()].strip())
            start = end.end()
        return [*found, text[start:].strip()]

    def _useful(self, text: str, start: int, end: "re.Match[str]") -> bool:
        """Return whether the text on both sides of a sentence end is long enough for a message."""
        before, after = text[start : end.start()].strip(), text[end.end() :].strip()
        return len(before) >= MIN_PIECE_LENGTH and len(after) >= MIN_PIECE_LENGTH
