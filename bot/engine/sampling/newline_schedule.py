"""ChatRWKV's ``newline_adj``: newlines are discouraged in a short reply and encouraged in a long one."""

import numpy as np
from numpy.typing import NDArray

from bot.engine.sampling.adjuster import Ints, RowStart
from bot.engine.sampling.logits import Columns, Logits
from bot.engine.sampling.token_masks import Vocabulary

SHORT_REPLY = 40  # tokens: up to here ChatRWKV's chat discourages newlines,
LONG_REPLY = 150  # from here on it encourages them


def newline_bias(positions: Ints) -> NDArray[np.float32]:
    """Return the bias of a newline's logit after ``positions`` (B,) tokens: negative at first, rising later."""
    late = np.clip((positions - LONG_REPLY) * 0.25, 0.0, 3.0)
    bias = np.where(positions <= SHORT_REPLY, (positions - SHORT_REPLY) / 10, late)
    return np.where(positions <= 0, -np.inf, bias).astype(np.float32)


class NewlineSchedule:
    """Implements ``newline_schedule``."""

    def __init__(self, slots: int, vocabulary: Vocabulary) -> None:
        self._asked = np.zeros(slots, np.bool_)
        self._positions = np.zeros(slots, np.int64)  # tokens written so far
        self._newlines = Columns(np.flatnonzero(vocabulary.newlines))

    def admit(self, slot: int, start: RowStart) -> None:
        self._asked[slot] = start.params.newline_schedule
        self._positions[slot] = 0

    def apply(self, logits: Logits, slots: Ints) -> None:
        rows = np.flatnonzero(self._asked[slots])
        if rows.size:
            logits.add_columns(rows, self._newlines, newline_bias(self._positions[slots[rows]]))

    def commit(self, slots: Ints, tokens: Ints) -> None:
        self._positions[slots] += 1

    def release(self, slot: int) -> None:
        self._asked[slot] = False
