"""Values added to individual logits, by slot."""

import numpy as np
from numpy.typing import NDArray

from bot.engine.sampling.adjuster import Ints
from bot.engine.sampling.logits import Additions, Logits

Floats = NDArray[np.float32]


class SlotAdditions:
    """The additions of each slot, joined once per batch and cached while the same rows run."""

    def __init__(self) -> None:
        self._of: dict[int, tuple[Ints, Floats]] = {}
        self._joined: tuple[Ints, Additions] | None = None  # the slots, and the additions to their rows

    def put(self, slot: int, ids: Ints, values: Floats) -> None:
        """Add ``values`` to the logits of ``ids`` from now on; the ids must be distinct."""
        if ids.size:
            self._of[slot] = (ids, values)
            self._joined = None

    def drop(self, slot: int) -> None:
        """Remove the additions of ``slot``."""
        if self._of.pop(slot, None) is not None:
            self._joined = None

    def apply(self, logits: Logits, slots: Ints) -> None:
        """Modify ``logits`` in place."""
        if not self._of:
            return
        if self._joined is None or not np.array_equal(self._joined[0], slots):
            self._joined = slots.copy(), self._join(slots)
        if self._joined[1].rows.size:
            logits.add(self._joined[1])

    def _join(self, slots: Ints) -> Additions:
        found = [(row, *self._of[slot]) for row, slot in enumerate(slots.tolist()) if slot in self._of]
        rows = np.concatenate([np.full(ids.size, row, np.int64) for row, ids, _ in found] or [np.empty(0, np.int64)])
        ids = np.concatenate([ids for _, ids, _ in found] or [np.empty(0, np.int64)])
        values = np.concatenate([values for *_, values in found] or [np.empty(0, np.float32)])
        return Additions(rows, ids, values)
