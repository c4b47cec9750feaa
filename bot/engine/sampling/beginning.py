"""Replies that must begin with a given text, in whatever tokens the model prefers for it."""

import numpy as np

from bot.engine.sampling.adjuster import Ints, RowStart
from bot.engine.sampling.logits import Columns, Logits
from bot.engine.sampling.token_masks import Vocabulary


class Beginning:
    """Allows only tokens that spell the text or run past its end: no token boundary is forced on the model."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary
        self._missing: dict[int, bytes] = {}  # what is still to be written

    def admit(self, slot: int, start: RowStart) -> None:
        self._missing.pop(slot, None)
        if start.beginning:
            self._missing[slot] = start.beginning.encode("utf-8", "replace")

    def apply(self, logits: Logits, slots: Ints) -> None:
        if not self._missing:
            return
        for row, slot in enumerate(slots.tolist()):
            if missing := self._missing.get(slot):
                logits.keep_only(row, Columns(self._vocabulary.within(missing).astype(np.int64)))

    def commit(self, slots: Ints, tokens: Ints) -> None:
        if not self._missing:
            return
        for slot, token in zip(slots.tolist(), tokens.tolist(), strict=True):
            if slot in self._missing:
                self._missing[slot] = self._missing[slot][len(self._vocabulary.texts[token]) :]
                if not self._missing[slot]:
                    del self._missing[slot]

    def release(self, slot: int) -> None:
        self._missing.pop(slot, None)
