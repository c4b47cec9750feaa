"""``no_repeat_punctuation``: a punctuation mark just written is not written again."""

import numpy as np

from bot.engine.sampling.adjuster import Ints, RowStart
from bot.engine.sampling.logits import Logits
from bot.engine.sampling.token_masks import Vocabulary

_NO_TOKEN = -1


class RepeatedMarks:
    """Bans the last token of a row if it was a punctuation mark."""

    def __init__(self, slots: int, vocabulary: Vocabulary) -> None:
        self._is_mark = vocabulary.marks
        self._asked = np.zeros(slots, np.bool_)
        self._last = np.full(slots, _NO_TOKEN, np.int64)

    def admit(self, slot: int, start: RowStart) -> None:
        self._asked[slot] = start.params.no_repeat_punctuation
        self._last[slot] = _NO_TOKEN

    def apply(self, logits: Logits, slots: Ints) -> None:
        last = self._last[slots]
        rows = np.flatnonzero(self._asked[slots] & (last >= 0) & self._is_mark[last])
        if rows.size:
            logits.ban(rows, last[rows])

    def commit(self, slots: Ints, tokens: Ints) -> None:
        self._last[slots] = tokens

    def release(self, slot: int) -> None:
        self._asked[slot] = False
