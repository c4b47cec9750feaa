"""Limits the time of lore scans: a hostile lorebook must not occupy a processor for minutes."""

import time
from collections.abc import Callable

SECONDS = 1.0  # of processor time, for all scans of one reply; an ordinary scan takes milliseconds


class TimeLimit:
    """Processor time of the thread that creates it, which other work on the machine does not use up."""

    def __init__(self, seconds: float = SECONDS, clock: Callable[[], float] = time.thread_time) -> None:
        self._clock = clock
        self._end = clock() + seconds

    def is_over(self) -> bool:
        """Return whether the time is used up."""
        return self._clock() >= self._end
