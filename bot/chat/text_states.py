"""A prefix cache of states for texts without a tree: resending a longer text only costs the new part.

States are found by a digest of the text, not of the tokens: text that the model generated may be tokenized differently
when a client sends it back. In memory only: clients that never return use no disk space.
"""

from collections import Counter, OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import blake2b

from bot.engine.types import StateHandle

MAX_TEXTS = 4096  # limit on entries, whatever the size of their states


@dataclass(frozen=True, slots=True, kw_only=True)
class TextState:
    """A state that has read exactly the first ``size`` bytes of a text."""

    size: int
    tokens: int  # length of that text in tokens
    state: StateHandle


class TextStates:
    """States of one model by the text they have read. The least recently used are evicted first."""

    def __init__(self, memory: int) -> None:
        self._memory = memory  # bytes of states
        self._cached: OrderedDict[bytes, TextState] = OrderedDict()
        self._sizes: Counter[int] = Counter()
        self._nbytes = 0
        self._fingerprint = ""

    def __len__(self) -> int:
        return len(self._cached)

    @property
    def nbytes(self) -> int:
        """Total size of the states, in bytes."""
        return self._nbytes

    def follow(self, fingerprint: str) -> None:
        """Drop everything if the model has changed."""
        if fingerprint != self._fingerprint:
            self._cached.clear()
            self._sizes.clear()
            self._nbytes = 0
            self._fingerprint = fingerprint

    def keep(self, owner: str, text: bytes, tokens: int, state: StateHandle) -> None:
        """Cache ``state``, which has read exactly ``text``. Owners do not share states."""
        name = next(_names(owner, text, [len(text)]))[1]
        self._drop(name)
        if state.nbytes > self._memory:
            return
        self._cached[name] = TextState(size=len(text), tokens=tokens, state=state)
        self._sizes[len(text)] += 1
        self._nbytes += state.nbytes
        while self._nbytes > self._memory or len(self._cached) > MAX_TEXTS:
            self._drop(next(iter(self._cached)))

    def find(self, owner: str, text: bytes) -> TextState | None:
        """Return the state that has read the longest proper prefix of ``text``."""
        sizes = sorted(size for size in self._sizes if 0 < size < len(text))
        found: bytes | None = None
        for _, name in _names(owner, text, sizes):
            if name in self._cached:
                found = name
        if found is None:
            return None
        self._cached.move_to_end(found)
        return self._cached[found]

    def _drop(self, name: bytes) -> None:
        old = self._cached.pop(name, None)
        if old is None:
            return
        self._nbytes -= old.state.nbytes
        self._sizes[old.size] -= 1
        if not self._sizes[old.size]:
            del self._sizes[old.size]


def _names(owner: str, text: bytes, sizes: list[int]) -> Iterator[tuple[int, bytes]]:
    """Yield the digests of the prefixes of ``text`` in one pass; ``sizes`` must ascend."""
    whole = blake2b(f"{owner}\0".encode(), digest_size=16)
    done = 0
    for size in sizes:
        whole.update(text[done:size])
        done = size
        yield size, whole.digest()
