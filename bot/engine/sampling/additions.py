"""Numbers added to single logits, by slot."""

from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from bot.engine.sampling.adjuster import Ints

Floats = NDArray[np.float32]


class _Joined(NamedTuple):
    slots: Ints
    rows: torch.Tensor
    ids: torch.Tensor
    values: torch.Tensor


class Additions:
    """What is added to the logits of each slot; joined for a batch once, and kept while the same rows run."""

    def __init__(self) -> None:
        self._of: dict[int, tuple[Ints, Floats]] = {}
        self._joined: _Joined | None = None

    def put(self, slot: int, ids: Ints, values: Floats) -> None:
        """Add ``values`` to the logits of ``ids``, no id twice, from now on."""
        if ids.size:
            self._of[slot] = (ids, values)
            self._joined = None

    def drop(self, slot: int) -> None:
        """Add nothing any more."""
        if self._of.pop(slot, None) is not None:
            self._joined = None

    def apply(self, logits: torch.Tensor, slots: Ints) -> None:
        """Change ``logits`` (B, V) in place."""
        if not self._of:
            return
        joined = self._joined
        if joined is None or not np.array_equal(joined.slots, slots):
            joined = self._joined = self._join(slots, logits.device)
        if joined.rows.numel():
            logits[joined.rows, joined.ids] += joined.values

    def _join(self, slots: Ints, device: torch.device) -> _Joined:
        found = [(row, *self._of[slot]) for row, slot in enumerate(slots.tolist()) if slot in self._of]
        rows = np.concatenate([np.full(ids.size, row) for row, ids, _ in found] or [np.empty(0, np.int64)])
        ids = np.concatenate([ids for _, ids, _ in found] or [np.empty(0, np.int64)])
        values = np.concatenate([values for *_, values in found] or [np.empty(0, np.float32)])
        return _Joined(
            slots.copy(),
            torch.from_numpy(rows).to(device),
            torch.from_numpy(ids).to(device),
            torch.from_numpy(values).to(device),
        )
