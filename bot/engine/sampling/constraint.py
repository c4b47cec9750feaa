"""Replies that must follow a grammar: tokens that break it are banned, and the text ends only where it is complete."""

import os
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from bot.engine.sampling.adjuster import Ints, RowStart
from bot.engine.sampling.grammar_time import GrammarTime
from bot.engine.sampling.grammars import Grammars
from bot.engine.sampling.host_logits import HostLogits
from bot.engine.sampling.logits import Bits, Logits
from bot.engine.sampling.token_masks import END_OF_TEXT
from bot.errors import InvalidOption

if TYPE_CHECKING:
    from llguidance import LLExecutor, LLMatcher

WORD = 32  # bits per word of a mask
MAX_REASON_LENGTH = 300  # characters
SOON = 0.01  # seconds; masks of a step that take longer are worth waking threads and releasing the GIL
TIMED_EVERY = 4  # of such steps, one is filled without threads, which cannot be timed slot by slot


class Constraint:
    """One mask per slot; if they take long, all masks of a step are filled in one call by a pool of threads.

    On the CPU, a mask is computed as soon as the token before it is known, while what its grammar needs is in the
    processor's caches. On a GPU, it is computed while the model runs.
    Where a grammar leaves only one possible text, it is written in the tokens that the tokenizer would use.
    """

    def __init__(self, grammars: Grammars, size: int) -> None:
        self._grammars = grammars
        self._size = size  # of the vocabulary
        self._matchers: dict[int, LLMatcher] = {}
        self._forced: dict[int, list[int]] = {}  # forced tokens by slot, the next one last
        self._failures: dict[int, str] = {}  # why a row's grammar cannot be followed any further
        self._time = GrammarTime()
        self._executor: LLExecutor | None = None
        self._slow = False  # whether the last masks took long
        self._untimed = 0  # steps since masks were last timed
        self._masks = np.zeros((0, -(-size // WORD)), np.int32)  # by slot, one bit per token
        self._address = 0  # of the masks
        self._filled: set[int] = set()  # slots whose mask is that of the next token
        self._early = False  # whether masks are computed when a token is committed

    def admit(self, slot: int, start: RowStart) -> None:
        self.release(slot)
        if start.grammar is not None:
            self._make_room(slot)
            self._matchers[slot] = matcher = self._grammars.matcher(start.grammar)
            self._time.admit(slot)
            self._look_ahead(slot, matcher)

    def _make_room(self, slot: int) -> None:
        if slot >= len(self._masks):
            masks = np.zeros((slot + 1, self._masks.shape[1]), np.int32)
            masks[: len(self._masks)] = self._masks
            self._masks, self._address = masks, masks.ctypes.data

    def forced(self, slot: int) -> Sequence[int] | None:
        return self._forced[slot][::-1] if slot in self._forced else None

    def failure(self, slot: int) -> Exception | None:
        reason = self._failures.get(slot)
        if reason is None:
            return None
        return InvalidOption("The grammar became too complex within the reply: {reason}", reason=reason)

    def apply(self, logits: Logits, slots: Ints) -> None:
        if not self._matchers:
            return
        self._early = isinstance(logits, HostLogits)
        places: dict[int, int] = {}  # row by slot
        failed: list[int] = []
        for row, slot in enumerate(slots.tolist()):
            if slot in self._failures:
                failed.append(row)
            elif forced := self._forced.get(slot):
                logits.force(row, forced[-1])
            elif slot in self._matchers:
                places[slot] = row
        if places:
            logits.keep_allowed(list(places.values()), self._allowed(list(places)))
        if failed:
            logits.keep_allowed(failed, np.zeros((len(failed), self._masks.shape[1]), np.int32))

    def _allowed(self, slots: Sequence[int]) -> Bits:
        """Return the mask of the tokens that each row may write next; empty if its grammar cannot be followed."""
        if missing := [slot for slot in slots if slot not in self._filled]:
            began = time.perf_counter()
            self._fill(missing)
            self._slow = time.perf_counter() - began > SOON
        masks = self._masks[slots]
        masks[np.bitwise_or.reduce(masks, axis=1) == 0, 0] = 1 << END_OF_TEXT  # no token is allowed: end the reply
        if self._failures:
            masks[[place for place, slot in enumerate(slots) if slot in self._failures]] = 0
        return masks

    def _fill(self, slots: Sequence[int]) -> None:
        if self._slow and len(slots) > 1 and self._untimed < TIMED_EVERY - 1:
            self._untimed += 1
            self._fill_in_threads(slots)
            return
        self._untimed = 0
        self._time.begin()
        for slot in slots:
            self._fill_one(slot, self._matchers[slot])
            self._time.spent(slot)
        self._time.end()

    def _fill_one(self, slot: int, matcher: "LLMatcher") -> None:
        stride = self._masks.strides[0]
        matcher.unsafe_compute_mask_ptr(self._address + slot * stride, stride)
        self._has_mask(slot, matcher)

    def _fill_in_threads(self, slots: Sequence[int]) -> None:
        from llguidance import LLExecutor
        from llguidance.numpy import fill_next_token_bitmask_par

        if self._executor is None:
            self._executor = LLExecutor(os.cpu_count() or 1)
        matchers = [(self._matchers[slot], slot) for slot in slots]
        fill_next_token_bitmask_par(self._executor, matchers, self._masks)
        for matcher, slot in matchers:
            self._has_mask(slot, matcher)

    def _has_mask(self, slot: int, matcher: "LLMatcher") -> None:
        self._filled.add(slot)
        if matcher.is_error():
            self._fail(slot, matcher.get_error())

    def commit(self, slots: Ints, tokens: Ints) -> None:
        if not self._matchers:
            return
        began = time.perf_counter()
        self._time.begin()
        for slot, token in zip(slots.tolist(), tokens.tolist(), strict=True):
            matcher = self._matchers.get(slot)
            if matcher is not None and token != END_OF_TEXT:
                self._follow(slot, matcher, token)
                if self._time.spent(slot, tokens=1):
                    self._fail(slot, "it takes too long to follow")
        self._time.end()
        self._slow = self._slow or time.perf_counter() - began > SOON

    def _follow(self, slot: int, matcher: "LLMatcher", token: int) -> None:
        matcher.consume_token(token)
        self._filled.discard(slot)
        forced = self._forced.get(slot)
        if not forced or forced.pop() != token or not forced:
            self._look_ahead(slot, matcher)
            if self._early and not self._slow and slot not in self._forced and slot not in self._failures:
                self._fill_one(slot, matcher)

    def _look_ahead(self, slot: int, matcher: "LLMatcher") -> None:
        self._forced.pop(slot, None)
        if matcher.is_error():
            self._fail(slot, matcher.get_error())
        elif forced := [END_OF_TEXT] if matcher.is_stopped() else matcher.compute_ff_tokens():
            self._forced[slot] = forced[::-1]

    def _fail(self, slot: int, reason: str) -> None:
        self._forced.pop(slot, None)
        self._failures[slot] = reason[:MAX_REASON_LENGTH]

    def release(self, slot: int) -> None:
        self._matchers.pop(slot, None)
        self._forced.pop(slot, None)
        self._failures.pop(slot, None)
        self._filled.discard(slot)
        self._time.release(slot)
