"""Rate limit for writing to channels: platforms allow only so many edits, and people read no faster."""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable

from bot.platforms.line.request_budget import RequestBudget

REMEMBERED = 4096  # channels


class Pacer:
    """Allows one edit per ``interval`` (seconds) and channel, counted from the end of the previous one.

    Frames of growing answers also share a budget across channels and take turns: the more answers and other requests
    there are, the longer each channel's interval.
    """

    def __init__(
        self, interval: float = 1.0, frames_per_second: float = 20.0, budget: RequestBudget | None = None, *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:  # fmt: skip
        self._interval = interval
        self._frame_interval = 1 / frames_per_second
        self._budget = budget or RequestBudget()
        self._clock = clock
        self._free: OrderedDict[str, float] = OrderedDict()  # channel -> when it may be written to next
        self._frames = 0.0  # when the next frame may be sent, in any channel
        self._turn = asyncio.Lock()  # fair: first come, first served

    def has_room(self) -> bool:
        """Whether requests that can be left out, such as typing indicators, may be sent now."""
        return self._budget.frame_wait() <= 0

    async def wait(self, channel: str, *, frame: bool = False) -> None:
        """Wait for the channel's next slot and take it. A frame also waits for frames of other channels."""
        while True:
            while (left := self._left(channel)) > 0:  # noqa: ASYNC110  # others may take the slot first
                await asyncio.sleep(left)
            if not frame:
                break
            async with self._turn:
                while (left := max(self._frames - self._clock(), self._budget.frame_wait())) > 0:  # noqa: ASYNC110
                    await asyncio.sleep(left)
                if self._left(channel) <= 0:
                    self._frames = max(self._clock(), self._frames) + self._frame_interval
                    break
        self._hold(channel, self._clock())

    def written(self, channel: str) -> None:
        """Restart the channel's interval after a request has completed."""
        self._hold(channel, self._clock())

    def _hold(self, channel: str, now: float) -> None:
        self._free[channel] = now + self._interval
        self._free.move_to_end(channel)
        while len(self._free) > REMEMBERED:
            self._free.popitem(last=False)

    def _left(self, channel: str) -> float:
        return self._free.get(channel, 0.0) - self._clock()
