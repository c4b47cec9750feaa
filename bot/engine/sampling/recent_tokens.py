"""The last tokens of each row, in ring buffers of one size."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from bot.engine.sampling.adjuster import Ints

MAX_TOKENS = 16_384  # longest window, even if a row requests everything: every step reads all of it
_MIN_CAPACITY = 256


class RecentTokens:
    """Ring buffers: a row's token at position ``p`` is at index ``p % capacity``.

    The rings are as long as the longest window of the running rows, and shrink again when those rows end.
    """

    def __init__(self, slots: int) -> None:
        self.rings = np.zeros((slots, _MIN_CAPACITY), np.int32)
        self.lengths = np.zeros(slots, np.int64)  # tokens so far, including those that left the ring
        self.windows = np.zeros(slots, np.int64)  # window of each row; 0: the slot is not in use

    def admit(self, slot: int, window: int, tokens: Sequence[int]) -> None:
        """Start a row with a window of ``window`` tokens (0: the maximum), beginning with ``tokens``."""
        window = min(window, MAX_TOKENS) if window > 0 else MAX_TOKENS
        self.lengths[slot] = 0
        self.windows[slot] = window
        self._fit()
        seen = tokens[-window:]
        self.rings[slot, : len(seen)] = seen
        self.lengths[slot] = len(seen)

    def release(self, slot: int) -> None:
        """End the row, if there is one."""
        if self.windows[slot]:
            self.windows[slot] = self.lengths[slot] = 0
            self._fit()

    def commit(self, slots: Ints, tokens: Ints) -> Ints:
        """Append a token to each of ``slots`` that is in use; return these slots."""
        used = self.windows[slots] > 0
        slots = slots[used]
        self.rings[slots, self.lengths[slots] % self.rings.shape[1]] = tokens[used]
        self.lengths[slots] += 1
        return slots

    def _fit(self) -> None:
        """Grow the rings to fit, or shrink them if they are much too long."""
        longest = max(int(self.windows.max(initial=0)), _MIN_CAPACITY)
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
