"""How a reply is cut into messages: whole, in a few pieces by sentence, or long ones as merged forwards."""

import re
from dataclasses import dataclass

from bot.platforms.line.splitting import split

LONGEST_MESSAGE = 4000  # characters; QQ takes about 4,500
NODES = 10  # messages in one merged forward
SHORTEST_PIECE = 8  # characters
SENTENCE_END = re.compile(r"(?<=[.!?])\s+|(?<=[。！？…~～])\s*|\n+")
FENCE = re.compile(r"```|~~~")


@dataclass(frozen=True, slots=True)
class Cutter:
    """Cuts the same text the same way every time: after a restart the rest of the pieces is sent."""

    pieces: int = 1  # at most
    forward_after: int = 1500  # characters; a longer text is sent as a merged forward

    def __call__(self, text: str) -> list[str]:
        """The messages; none is longer than one forward can hold."""
        if len(text) > self.forward_after:
            return split(text, self.forward_after * NODES)
        return self._by_sentence(text) if self.pieces > 1 and not FENCE.search(text) else [text]

    def is_forward(self, text: str) -> bool:
        """Whether this message goes as a merged forward."""
        return len(text) > self.forward_after

    def nodes(self, text: str) -> list[str]:
        """What the messages of a merged forward say."""
        return split(text, self.forward_after)

    def _by_sentence(self, text: str) -> list[str]:
        """Pieces of about the same length, each ending with a sentence."""
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
        """Whether both sides of a sentence's end are worth a message."""
        before, after = text[start : end.start()].strip(), text[end.end() :].strip()
        return len(before) >= SHORTEST_PIECE and len(after) >= SHORTEST_PIECE
