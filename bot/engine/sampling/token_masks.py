"""Which tokens are digits, newlines, punctuation or contain a given text: masks over the vocabulary."""

from collections.abc import Callable, Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from bot.engine.types import TokenCoder

Mask = NDArray[np.bool_]  # (V,)

END_OF_TEXT = 0  # in every RWKV vocabulary

_NUMBERS = frozenset(b" \t0123456789")
_MARKS = frozenset(mark.encode() for mark in ",:;?!，。：；？！、")


class Vocabulary:
    """The bytes of every token id, read once, and the masks that sampling asks for."""

    def __init__(self, coder: TokenCoder, size: int) -> None:
        """``size`` is the model's vocabulary; ids beyond the tokenizer's own have no text."""
        known = min(size, coder.vocab_size)
        self.size = size
        self._bytes = [_bytes_of(coder, token) for token in range(known)] + [b""] * (size - known)
        self.numbers = self._mask(lambda text: bool(text) and _NUMBERS.issuperset(text))
        self.marks = self._mask(_MARKS.__contains__)
        self.newlines = self._mask(lambda text: bool(text) and not text.strip(b"\n"))
        self.containing = lru_cache(maxsize=16)(self._containing)
        self.beginning = lru_cache(maxsize=16)(self._beginning)

    def bytes_of(self, token: int) -> bytes:
        """The text of one token, as bytes."""
        return self._bytes[token]

    def _mask(self, test: Callable[[bytes], bool]) -> Mask:
        return np.fromiter((test(text) for text in self._bytes), dtype=np.bool_, count=self.size)

    def _containing(self, texts: tuple[str, ...]) -> Mask:
        """Tokens in which one of ``texts`` occurs (DRY's sequence breakers)."""
        needles = [text.encode() for text in texts if text]
        return self._mask(lambda token: any(needle in token for needle in needles))

    def _beginning(self, stops: tuple[str, ...]) -> NDArray[np.int64]:
        """Ids of the tokens that end in a beginning of one of ``stops``, or contain one whole.

        While none of these is written, no stop string can come about.
        """
        wholes = [stop.encode() for stop in stops if stop]
        heads = tuple({whole[:end] for whole in wholes for end in range(1, len(whole) + 1)})
        mask = self._mask(lambda token: token.endswith(heads) or any(whole in token for whole in wholes))
        return np.flatnonzero(mask)


def _bytes_of(coder: TokenCoder, token: int) -> bytes:
    try:
        return coder.decode_bytes((token,))
    except (KeyError, IndexError, ValueError):  # a gap in the vocabulary
        return b""


def ids_of(mask: Mask) -> Sequence[int]:
    """The token ids where ``mask`` is set."""
    return [int(token) for token in np.flatnonzero(mask)]
