"""How fast something happens: counts by the second, readable from another thread."""

import time
from collections.abc import Callable

_SECONDS = 10


class Meter:
    """A total, and the rate over the last ten seconds. One thread counts, any thread may read."""

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
        """Per second, over the last ten full seconds and the one that runs."""
        now = int(self._clock())
        return sum(count for second, count in self._buckets if now - _SECONDS <= second <= now) / _SECONDS
