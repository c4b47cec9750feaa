"""Which tokens are digits, newlines or punctuation, and which begin with, end with or contain a given text."""

from bisect import bisect_left
from collections.abc import Callable, Iterable
from functools import lru_cache
from itertools import accumulate

import numpy as np
from numpy.typing import NDArray

from bot.engine.types import Coder

Mask = NDArray[np.bool_]  # (V,)
Ids = NDArray[np.int32]  # token ids

END_OF_TEXT = 0  # in every RWKV vocabulary

_NUMBERS = frozenset(b" \t0123456789")
_MARKS = frozenset(mark.encode() for mark in ",:;?!，。：；？！、")
_REMEMBERED = 256  # number of texts whose tokens are cached
_AFTER_ALL = b"\xff" * 8  # sorts after every continuation of a text, because UTF-8 has no byte 0xff


class _Sorted:
    """Token ids sorted by text, so that tokens with a common prefix are adjacent."""

    def __init__(self, texts: list[bytes]) -> None:
        order = sorted((token for token, text in enumerate(texts) if text), key=texts.__getitem__)
        self._texts = [texts[token] for token in order]
        self._ids = np.array(order, np.int32)

    def starting(self, head: bytes) -> Ids:
        """Return the ids of the texts that begin with ``head``, in the order of the texts."""
        begin = bisect_left(self._texts, head)
        return self._ids[begin : bisect_left(self._texts, head + _AFTER_ALL, begin)]


class Vocabulary:
    """The bytes of every token id, read once, and the masks that sampling needs."""

    def __init__(self, coder: Coder, size: int) -> None:
        """``size`` is the model's vocabulary; ids beyond the tokenizer's own have no text."""
        known = min(size, coder.vocab_size)
        self.size = size
        self.texts = [_bytes_of(coder, token) for token in range(known)] + [b""] * (size - known)
        self.longest = max(map(len, self.texts), default=0)
        self.numbers = self._mask(lambda text: bool(text) and _NUMBERS.issuperset(text))
        self.marks = self._mask(_MARKS.__contains__)
        self.newlines = self._mask(lambda text: bool(text) and not text.strip(b"\n"))
        self._backward = _Sorted([text[::-1] for text in self.texts])
        self._joined = np.frombuffer(b"".join(self.texts), np.uint8)
        self._ends = np.fromiter(accumulate(map(len, self.texts)), np.int64, size)
        self.containing = lru_cache(_REMEMBERED)(self._containing)
        self.beginning = lru_cache(_REMEMBERED)(self._beginning)

    def bytes_of(self, token: int) -> bytes:
        """Return the text of one token, as bytes."""
        return self.texts[token]

    def _mask(self, test: Callable[[bytes], bool]) -> Mask:
        return np.fromiter((test(text) for text in self.texts), dtype=np.bool_, count=self.size)

    def _containing(self, text: str) -> Ids:
        """Return the tokens that contain ``text``."""
        needle = np.frombuffer(text.encode("utf-8", "replace"), np.uint8)
        if not 0 < needle.size <= min(self.longest, self._joined.size):
            return np.empty(0, np.int32)
        places = np.flatnonzero(self._joined[: self._joined.size - needle.size + 1] == needle[0])
        for offset in range(1, needle.size):
            places = places[self._joined[places + offset] == needle[offset]]
        tokens = np.searchsorted(self._ends, places, side="right")
        tokens = tokens[places + needle.size <= self._ends[tokens]]  # not across the boundary between two tokens
        return tokens[np.flatnonzero(np.diff(tokens, prepend=-1))].astype(np.int32)

    def _beginning(self, stop: str) -> Ids:
        """Return the tokens that contain ``stop`` or end with a prefix of it.

        As long as none of these is written, the stop string cannot appear.
        """
        whole = stop.encode("utf-8", "replace")
        heads = (whole[:end] for end in range(1, min(len(whole), self.longest) + 1))
        found = [self._backward.starting(head[::-1]) for head in heads]
        return np.unique(np.concatenate([self.containing(stop), *found]))


@lru_cache(maxsize=1)
def vocabulary_of(coder: Coder, size: int) -> Vocabulary:
    """Cached: reading a large vocabulary takes half a second, and both the engine and its warm-up need it."""
    return Vocabulary(coder, size)


def union(parts: Iterable[Ids]) -> Ids:
    """Return the ids that occur in any of ``parts``, ascending, each once."""
    every = list(parts)
    return np.unique(np.concatenate(every)) if every else np.empty(0, np.int32)


def _bytes_of(coder: Coder, token: int) -> bytes:
    try:
        return coder.decode_bytes((token,))
    except (KeyError, IndexError, ValueError):  # a gap in the vocabulary
        return b""
