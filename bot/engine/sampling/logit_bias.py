"""What a request adds to single logits, and the tokens that it bans."""

import numpy as np
import torch

from bot.engine.sampling.additions import Additions
from bot.engine.sampling.adjuster import Ints, RowStart


class LogitBias:
    """``logit_bias`` and ``banned_tokens``."""

    def __init__(self) -> None:
        self._additions = Additions()

    def admit(self, slot: int, start: RowStart) -> None:
        entries: dict[int, float] = {}
        for token, value in start.params.logit_bias:
            entries[token] = entries.get(token, 0.0) + value
        entries.update(dict.fromkeys(start.params.banned_tokens, -np.inf))
        self._additions.put(slot, np.array(list(entries), np.int64), np.array(list(entries.values()), np.float32))

    def apply(self, logits: torch.Tensor, slots: Ints) -> None:
        self._additions.apply(logits, slots)

    def commit(self, slots: Ints, tokens: Ints) -> None:
        pass

    def release(self, slot: int) -> None:
        self._additions.drop(slot)
