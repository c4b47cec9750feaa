"""A platform's limit on requests per second, over all channels. Frames get what other requests leave."""

import asyncio
import math
import time
from collections.abc import Awaitable, Callable

RESERVE = 0.5  # the part of the burst that frames leave to other requests


class RequestBudget:
    """Spaces requests: at most ``burst`` at once, and ``rate`` per second in the long run.

    A process that shares a bot account with others gets a share of both.
    """

    def __init__(
        self, rate: float = math.inf, burst: float = 1.0, *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:  # fmt: skip
        self._whole = rate, burst
        self._rate, self._burst = rate, burst
        self._clock = clock
        self._sleep = sleep
        self._next = -math.inf  # when the next request would be sent if the burst were 1

    def share(self, part: float) -> None:
        """Use only this part of the whole, from 0 to 1. At least one request is allowed at once."""
        rate, burst = self._whole
        self._burst = max(1.0, burst * part)
        self._rate = max(rate * part / 2, (rate + burst) * part - self._burst)  # the sum of all shares is the whole

    def reserve(self) -> float:
        """Count a request, and return the seconds to wait before sending it. First come, first served."""
        now, spacing = self._clock(), 1 / self._rate
        place = max(self._next, now - (self._burst - 1) * spacing)
        self._next = place + spacing
        return max(0.0, place - now)

    async def take(self) -> None:
        """Wait until a request may be sent."""
        if (wait := self.reserve()) > 0:
            await self._sleep(wait)

    def frame_wait(self) -> float:
        """Return the seconds until a request that can be left out may be sent; 0 if it may be sent now."""
        spacing = 1 / self._rate
        return max(0.0, self._next + max(0.0, self._burst * RESERVE - 1) * spacing - self._clock())
