"""States of prompts, by exact token prefix; least recently used ones go first."""

from collections import Counter, OrderedDict
from collections.abc import Sequence
from typing import NamedTuple

from bot.engine.state import RowState


class Hit(NamedTuple):
    """The longest known beginning of a prompt."""

    length: int  # tokens that need not be read again
    state: RowState


class PrefixCache:
    """At most ``limit`` bytes of states. The states are shared and must not be changed."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.nbytes = 0
        self._states: OrderedDict[tuple[int, ...], RowState] = OrderedDict()
        self._lengths: Counter[int] = Counter()

    def find(self, tokens: Sequence[int]) -> Hit | None:
        """The state after the longest known prefix of ``tokens`` that leaves at least one token to feed."""
        for length in sorted(self._lengths, reverse=True):
            if length >= len(tokens):
                continue
            key = tuple(tokens[:length])
            state = self._states.get(key)
            if state is not None:
                self._states.move_to_end(key)
                return Hit(length, state)
        return None

    def put(self, tokens: Sequence[int], state: RowState) -> None:
        """Keep the state after ``tokens``; forget the least recently used ones beyond the limit."""
        key = tuple(tokens)
        if not key or state.nbytes > self.limit or key in self._states:
            return
        self._states[key] = state
        self._lengths[len(key)] += 1
        self.nbytes += state.nbytes
        while self.nbytes > self.limit:
            self._forget_oldest()

    def _forget_oldest(self) -> None:
        key, state = self._states.popitem(last=False)
        self.nbytes -= state.nbytes
        self._lengths[len(key)] -= 1
        if not self._lengths[len(key)]:
            del self._lengths[len(key)]

    def clear(self) -> None:
        """Forget everything."""
        self._states.clear()
        self._lengths.clear()
        self.nbytes = 0
