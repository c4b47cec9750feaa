"""Where a reply ends: stop strings across token boundaries, whole characters, and the tokens of the emitted text."""

import codecs
from collections.abc import Sequence
from itertools import accumulate

from bot.engine.types import Coder


class StopStrings:
    """The stop strings of one request, as bytes, and their proper prefixes."""

    __slots__ = ("heads", "wholes")

    def __init__(self, stops: Sequence[str]) -> None:
        self.wholes = tuple(dict.fromkeys(stop.encode("utf-8", "replace") for stop in stops if stop))
        self.heads = tuple({whole[:end] for whole in self.wholes for end in range(1, len(whole))})

    def find(self, data: bytes) -> int:
        """Return where the first stop string in ``data`` begins; -1 if there is none."""
        places = [place for whole in self.wholes if (place := data.find(whole)) >= 0]
        return min(places, default=-1)

    def held(self, data: bytes) -> int:
        """Return how many bytes at the end of ``data`` may be the beginning of a stop string."""
        if not self.heads or not data.endswith(self.heads):
            return 0
        return max(len(head) for head in self.heads if data.endswith(head))


class ReplyText:
    """The text of a reply as it is written. The output of ``push`` is final and never part of a stop string."""

    __slots__ = ("_decoder", "_held", "_stops", "released", "written")

    def __init__(self, stops: StopStrings) -> None:
        self._stops = stops
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._held = b""  # may become a stop string
        self.written = 0  # bytes pushed
        self.released = 0  # bytes of the text returned so far

    @property
    def settled(self) -> bool:
        """Whether every byte pushed has been returned."""
        return self.released == self.written

    def push(self, data: bytes) -> tuple[str, bool]:
        """Add the bytes of a token; return the text that is now final, and whether a stop string was reached."""
        self.written += len(data)
        held = self._held + data
        place = self._stops.find(held)
        if place >= 0:
            return self._release(held[:place]), True
        certain = len(held) - self._stops.held(held)
        self._held = held[certain:]
        return self._release(held[:certain]), False

    def flush(self) -> str:
        """Return the text held back, as the reply ended without a stop string. An incomplete character is left out."""
        held, self._held = self._held, b""
        return self._release(held)

    def _release(self, data: bytes) -> str:
        waiting = len(self._decoder.getstate()[0])
        text = self._decoder.decode(data)
        self.released += waiting + len(data) - len(self._decoder.getstate()[0])
        return text


def tokens_of_text(tokens: Sequence[int], texts: Sequence[bytes], size: int, coder: Coder) -> list[int]:
    """Return the tokens of the first ``size`` bytes that ``tokens`` spell; ``texts`` are their bytes.

    If the cut falls inside a token, the piece before the cut is encoded again; if that piece alone is not valid UTF-8
    (the token began inside a character), the preceding tokens are encoded with it.
    """
    ends = list(accumulate(map(len, texts), initial=0))
    kept = max(index for index, end in enumerate(ends) if end <= size)
    if ends[kept] == size:
        return list(tokens[:kept])
    whole = b"".join(texts)[:size]
    for start in range(kept, -1, -1):
        piece = whole[ends[start] :]
        try:
            again = coder.encode(piece.decode())
        except UnicodeDecodeError:
            continue
        if coder.decode_bytes(again) == piece:
            return [*tokens[:start], *again]
    return coder.encode(whole.decode(errors="replace"))  # invalid UTF-8: encode the U+FFFD that was shown for it
