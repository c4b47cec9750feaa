"""The last tokens of each row, in rings of one size."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from bot.engine.sampling.adjuster import Ints

MOST_TOKENS = 16_384  # that a row looks back, also where it asks for all: every step reads them anew
_LEAST_CAPACITY = 256


class RecentTokens:
    """A row's token at position ``p`` lies at ``p % capacity`` of its ring.

    The rings are as long as the longest window of the rows that run, and become short again when those have ended.
    """

    def __init__(self, slots: int) -> None:
        self.rings = np.zeros((slots, _LEAST_CAPACITY), np.int32)
        self.lengths = np.zeros(slots, np.int64)  # tokens so far, those that left the ring included
        self.windows = np.zeros(slots, np.int64)  # how many of the last ones count; 0: the slot is not in use

    def admit(self, slot: int, window: int, tokens: Sequence[int]) -> None:
        """A row begins that looks at the last ``window`` tokens (0: as many as can be), the first being ``tokens``."""
        window = min(window, MOST_TOKENS) if window > 0 else MOST_TOKENS
        self.lengths[slot] = 0
        self.windows[slot] = window
        self._fit()
        seen = tokens[-window:]
        self.rings[slot, : len(seen)] = seen
        self.lengths[slot] = len(seen)

    def release(self, slot: int) -> None:
        """The row has ended, if there was one."""
        if self.windows[slot]:
            self.windows[slot] = self.lengths[slot] = 0
            self._fit()

    def commit(self, slots: Ints, tokens: Ints) -> Ints:
        """Remember a token for each of ``slots`` that is in use; returns these slots."""
        used = self.windows[slots] > 0
        slots = slots[used]
        self.rings[slots, self.lengths[slots] % self.rings.shape[1]] = tokens[used]
        self.lengths[slots] += 1
        return slots

    def _fit(self) -> None:
        """Make the rings long enough, or shorter where they are much too long."""
        longest = max(int(self.windows.max(initial=0)), _LEAST_CAPACITY)
        wanted = 1 << (longest - 1).bit_length()
        old = self.rings.shape[1]
        if wanted <= old < 4 * wanted:
            return
        rings: NDArray[np.int32] = np.zeros((self.rings.shape[0], wanted), np.int32)
        for slot in np.flatnonzero(self.windows):
            n = int(self.lengths[slot])
            positions = np.arange(max(0, n - min(old, wanted)), n)
            rings[slot, positions % wanted] = self.rings[slot, positions % old]
        self.rings = rings
