"""Replies that must follow a grammar: tokens that break it are banned, and the text ends only where it is complete."""

import os
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from bot.engine.sampling.adjuster import Ints, RowStart
from bot.engine.sampling.grammars import Grammars
from bot.engine.sampling.logits import Bits, Logits
from bot.engine.sampling.token_masks import END_OF_TEXT

if TYPE_CHECKING:
    from llguidance import LLExecutor, LLMatcher

WORD = 32  # bits per word of a mask
SOON = 0.01  # seconds; masks of a step that take longer are worth waking threads and releasing the GIL


class Constraint:
    """One mask per row; if they take long, all masks of a step are filled in one call by a pool of threads.

    Where a grammar leaves only one possible text, it is written in the tokens that the tokenizer would use.
    """

    def __init__(self, grammars: Grammars, size: int) -> None:
        self._grammars = grammars
        self._size = size  # of the vocabulary
        self._matchers: dict[int, LLMatcher] = {}
        self._forced: dict[int, list[int]] = {}  # forced tokens by slot, the next one last
        self._executor: LLExecutor | None = None
        self._slow = False  # whether the last masks took long
        self._masks = np.zeros((0, -(-size // WORD)), np.int32)  # one bit per token; reused at every step

    def admit(self, slot: int, start: RowStart) -> None:
        self.release(slot)
        if start.grammar is not None:
            self._matchers[slot] = self._grammars.matcher(start.grammar)
            self._look_ahead(slot)

    def forced(self, slot: int) -> Sequence[int] | None:
        return self._forced[slot][::-1] if slot in self._forced else None

    def apply(self, logits: Logits, slots: Ints) -> None:
        if not self._matchers:
            return
        rows, matchers = [], []
        for row, slot in enumerate(slots.tolist()):
            if forced := self._forced.get(slot):
                logits.force(row, forced[-1])
            elif matcher := self._matchers.get(slot):
                rows.append(row)
                matchers.append(matcher)
        if rows:
            logits.keep_allowed(rows, self._allowed(matchers))

    def _allowed(self, matchers: "list[LLMatcher]") -> Bits:
        """Return the mask of the tokens that each row may write next."""
        if len(matchers) > len(self._masks):
            self._masks = np.zeros((len(matchers), self._masks.shape[1]), np.int32)
        masks = self._masks[: len(matchers)]
        began = time.perf_counter()
        self._fill(matchers, masks)
        self._slow = time.perf_counter() - began > SOON
        masks[~masks.any(axis=1), 0] |= 1 << END_OF_TEXT  # no token is allowed: end the reply
        return masks

    def _fill(self, matchers: "list[LLMatcher]", masks: Bits) -> None:
        if not self._slow or len(matchers) == 1:
            address, stride = masks.ctypes.data, masks.strides[0]
            for place, matcher in enumerate(matchers):
                matcher.unsafe_compute_mask_ptr(address + place * stride, stride)
            return
        from llguidance import LLExecutor
        from llguidance.numpy import fill_next_token_bitmask_par

        if self._executor is None:
            self._executor = LLExecutor(os.cpu_count() or 1)
        fill_next_token_bitmask_par(self._executor, list(zip(matchers, range(len(matchers)), strict=True)), masks)

    def commit(self, slots: Ints, tokens: Ints) -> None:
        if not self._matchers:
            return
        for slot, token in zip(slots.tolist(), tokens.tolist(), strict=True):
            matcher = self._matchers.get(slot)
            if matcher is None or token == END_OF_TEXT:
                continue
            matcher.consume_token(token)
            forced = self._forced.get(slot)
            if forced and forced.pop() == token and forced:
                continue
            self._look_ahead(slot)

    def _look_ahead(self, slot: int) -> None:
        matcher = self._matchers[slot]
        forced = [END_OF_TEXT] if matcher.is_stopped() else matcher.compute_ff_tokens()
        if forced:
            self._forced[slot] = forced[::-1]
        else:
            self._forced.pop(slot, None)

    def release(self, slot: int) -> None:
        self._matchers.pop(slot, None)
        self._forced.pop(slot, None)
