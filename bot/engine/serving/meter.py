"""How fast something happens while it happens: counts by the second, readable from another thread."""

import time
from collections.abc import Callable

_SECONDS = 10


class Meter:
    """A total, and the rate in the last busy seconds. One thread counts, any thread may read."""

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
        """Per second, over those of the last ten full seconds in which anything was counted; 0 where nothing was.

        The second that runs counts only where it is alone: what just began is no idleness.
        """
        now = int(self._clock())
        full = [count for second, count in self._buckets if count and now - _SECONDS <= second < now]
        if full:
            return sum(full) / len(full)
        return float(sum(count for second, count in self._buckets if second == now))
