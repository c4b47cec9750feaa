"""Values that a request adds to individual logits, and the tokens it bans."""

import numpy as np

from bot.engine.sampling.additions import SlotAdditions
from bot.engine.sampling.adjuster import Ints, RowStart
from bot.engine.sampling.logits import Logits


class LogitBias:
    """Implements ``logit_bias`` and ``banned_tokens``."""

    def __init__(self) -> None:
        self._additions = SlotAdditions()

    def admit(self, slot: int, start: RowStart) -> None:
        entries: dict[int, float] = {}
        for token, value in start.params.logit_bias:
            entries[token] = entries.get(token, 0.0) + value
        entries.update(dict.fromkeys(start.params.banned_tokens, -np.inf))
        self._additions.put(slot, np.array(list(entries), np.int64), np.array(list(entries.values()), np.float32))

    def apply(self, logits: Logits, slots: Ints) -> None:
        self._additions.apply(logits, slots)

    def commit(self, slots: Ints, tokens: Ints) -> None:
        pass

    def release(self, slot: int) -> None:
        self._additions.drop(slot)
