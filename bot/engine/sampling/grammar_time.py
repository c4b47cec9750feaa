"""Bounds the processor time that each reply's grammar takes from the model's thread.

Parsing an ambiguous grammar takes longer with every token; the usual ones take 0.05 to 0.5 ms a token.
"""

import time
from collections.abc import Callable

SPARE = 0.25  # seconds
PER_TOKEN = 0.002  # seconds added for each token written
SLOW = 0.003  # seconds for a step; 32 usual grammars take 0.6 ms. Slots are timed only after a slower step
MEASURED_STEPS = 16  # after a slow one


class GrammarTime:
    """The time left to each slot."""

    def __init__(
        self, clock: Callable[[], float] = time.perf_counter, own_clock: Callable[[], float] = time.thread_time
    ) -> None:
        """``own_clock``: processor time of this thread."""
        self._clock = clock
        self._own_clock = own_clock
        self._left: dict[int, float] = {}
        self._measured = 0  # steps still to be measured by slot
        self._began = self._last = 0.0

    def admit(self, slot: int) -> None:
        self._left[slot] = SPARE

    def release(self, slot: int) -> None:
        self._left.pop(slot, None)

    def begin(self) -> None:
        """Start timing a step, in which the slots are processed one after another."""
        self._began = self._clock()
        if self._measured:
            self._last = self._own_clock()

    def spent(self, slot: int, tokens: int = 0) -> bool:
        """Charge ``slot`` for the work since the last call, and return whether it has exceeded its time.

        ``tokens``: how many it has written.
        """
        left = self._left[slot]
        if self._measured:
            now = self._own_clock()
            left -= now - self._last
            self._last = now
        elif left == SPARE:
            return False
        self._left[slot] = min(SPARE, left + PER_TOKEN * tokens)
        return left < 0

    def end(self) -> None:
        """End the step."""
        self._measured = MEASURED_STEPS if self._clock() - self._began > SLOW else max(0, self._measured - 1)
