"""A rate limit on wrong secrets, per network address."""

import time
from collections import OrderedDict, deque
from collections.abc import Callable

from bot.platforms.web.error_responses import Problem

FAILURES = 10  # per address, within WINDOW_SECONDS
WINDOW_SECONDS = 60.0
MAX_ADDRESSES = 10_000  # tracked; the least recently active is evicted first


class FailureLimiter:
    """Counts failed attempts in memory: at most ``most`` within ``seconds`` per address, or per any other key."""

    def __init__(
        self, clock: Callable[[], float] = time.monotonic, *, most: int = FAILURES, seconds: float = WINDOW_SECONDS
    ) -> None:
        self._clock = clock
        self._most = most
        self._seconds = seconds
        self._failures: OrderedDict[str, deque[float]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._failures)

    def check(self, address: str | None) -> None:
        """Raise Problem (429) if ``address`` has failed too often. Call it before checking a secret."""
        failures = self._failures.get(address or "", deque())
        now = self._clock()
        while failures and now - failures[0] >= self._seconds:
            failures.popleft()
        if len(failures) >= self._most:
            seconds = max(1, round(self._seconds - (now - failures[0])))
            problem = Problem(
                429, "too_many_attempts", "Too many wrong attempts. Try again in {seconds} s.", seconds=seconds
            )
            problem.headers = {"Retry-After": str(seconds)}
            raise problem

    def record_failure(self, address: str | None) -> None:
        """Count one wrong secret."""
        key = address or ""
        self._failures.setdefault(key, deque(maxlen=self._most)).append(self._clock())
        self._failures.move_to_end(key)
        if len(self._failures) > MAX_ADDRESSES:
            self._failures.popitem(last=False)

    def undo_failure(self, address: str | None) -> None:
        """Undo the last ``record_failure``: it was counted before the check, and the secret was right."""
        if failures := self._failures.get(address or ""):
            failures.pop()
