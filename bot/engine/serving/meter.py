"""The current rate of an event: counts per second, readable from another thread."""

import time
from collections.abc import Callable

_SECONDS = 10


class Meter:
    """A total, and the rate over the last busy seconds. One thread counts, any thread may read."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.total = 0
        self._clock = clock
        self._buckets = [(0, 0)] * (_SECONDS + 1)  # (second, count), one for each of the last seconds

    def count(self, number: int) -> None:
        """Add ``number`` now."""
        self.total += number
        second = int(self._clock())
        place = second % len(self._buckets)
        known, counted = self._buckets[place]
        self._buckets[place] = (second, number + (counted if known == second else 0))

    def rate(self) -> float:
        """Events per second, averaged over the busy seconds among the last ten full ones; 0 if there were none.

        The current second counts only if there is no full one, so that work that has just begun does not read as idle.
        """
        now = int(self._clock())
        full = [count for second, count in self._buckets if count and now - _SECONDS <= second < now]
        if full:
            return sum(full) / len(full)
        return float(sum(count for second, count in self._buckets if second == now))
