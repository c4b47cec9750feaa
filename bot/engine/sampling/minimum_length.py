"""``min_tokens``: bans the end of the text and the stop strings until the minimum is reached."""

import numpy as np

from bot.engine.sampling.additions import SlotAdditions
from bot.engine.sampling.adjuster import Ints, RowStart
from bot.engine.sampling.logits import Logits
from bot.engine.sampling.token_masks import END_OF_TEXT, Vocabulary, union


class MinimumLength:
    """Bans whatever could end a reply while it is shorter than requested."""

    def __init__(self, slots: int, vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary
        self._left = np.zeros(slots, np.int64)  # tokens until the minimum is reached
        self._bans = SlotAdditions()

    def admit(self, slot: int, start: RowStart) -> None:
        self._left[slot] = start.params.min_tokens
        if self._left[slot] <= 0:
            return
        end = np.array([END_OF_TEXT], np.int32)
        ids = union([end, *(self._vocabulary.beginning(stop) for stop in start.stop)]).astype(np.int64)
        self._bans.put(slot, ids, np.full(ids.size, -np.inf, np.float32))

    def apply(self, logits: Logits, slots: Ints) -> None:
        self._bans.apply(logits, slots)

    def commit(self, slots: Ints, tokens: Ints) -> None:
        self._left[slots] -= 1
        for slot in slots[self._left[slots] == 0].tolist():
            self._bans.drop(slot)

    def release(self, slot: int) -> None:
        self._bans.drop(slot)
