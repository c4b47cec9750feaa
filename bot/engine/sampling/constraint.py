"""Replies that keep a grammar: what would break it is not drawn, and the end of text only where it is complete."""

import os
from typing import TYPE_CHECKING

import numpy as np

from bot.engine.sampling.adjuster import Ints, RowStart
from bot.engine.sampling.grammars import Grammars
from bot.engine.sampling.logits import Logits
from bot.engine.sampling.token_masks import END_OF_TEXT

if TYPE_CHECKING:
    from llguidance import LLExecutor, LLMatcher

WORD = 32  # bits of a mask's word


class Constraint:
    """One mask a row, all of a step's filled in one call that does not hold Python's lock."""

    def __init__(self, grammars: Grammars, size: int) -> None:
        self._grammars = grammars
        self._size = size  # of the vocabulary
        self._matchers: dict[int, LLMatcher] = {}
        self._executor: LLExecutor | None = None

    def admit(self, slot: int, start: RowStart) -> None:
        self._matchers.pop(slot, None)
        if start.grammar is not None:
            self._matchers[slot] = self._grammars.matcher(start.grammar)

    def apply(self, logits: Logits, slots: Ints) -> None:
        if not self._matchers:
            return
        rows = [row for row, slot in enumerate(slots.tolist()) if slot in self._matchers]
        if not rows:
            return
        logits.keep_allowed(rows, self._allowed([self._matchers[int(slots[row])] for row in rows]))

    def _allowed(self, matchers: "list[LLMatcher]") -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
        """What each may write next, (R, V)."""
        from llguidance import LLExecutor
        from llguidance.numpy import fill_next_token_bitmask_par

        if self._executor is None:
            self._executor = LLExecutor(os.cpu_count() or 1)
        masks = np.zeros((len(matchers), -(-self._size // WORD)), np.int32)
        fill_next_token_bitmask_par(self._executor, list(zip(matchers, range(len(matchers)), strict=True)), masks)
        bits = np.unpackbits(masks.view(np.uint8), axis=1, bitorder="little", count=self._size).astype(np.bool_)
        bits[~bits.any(axis=1), END_OF_TEXT] = True  # complete, or broken: the reply ends
        return bits

    def commit(self, slots: Ints, tokens: Ints) -> None:
        if not self._matchers:
            return
        for slot, token in zip(slots.tolist(), tokens.tolist(), strict=True):
            matcher = self._matchers.get(slot)
            if matcher is not None and token != END_OF_TEXT:
                matcher.consume_token(token)

    def release(self, slot: int) -> None:
        self._matchers.pop(slot, None)
