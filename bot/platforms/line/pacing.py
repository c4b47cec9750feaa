"""Rate limit for writing to channels: platforms allow only so many edits, and people read no faster."""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable

REMEMBERED = 4096  # channels


class Pace:
    """Allows one edit per ``interval`` (seconds) and channel, counted from the end of the previous one."""

    def __init__(
        self, interval: float = 1.0, frames_per_second: float = 20.0, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._interval = interval
        self._frame_interval = 1 / frames_per_second
        self._clock = clock
        self._free: OrderedDict[str, float] = OrderedDict()  # channel -> when it may be written to next
        self._frames = 0.0  # when the next frame may be sent, in any channel

    async def wait(self, channel: str, *, frame: bool = False) -> None:
        """Wait for the channel's next slot and take it. A frame also waits for frames of other channels."""
        while (left := self._left(channel, frame)) > 0:  # noqa: ASYNC110  # others may take the slot first
            await asyncio.sleep(left)
        now = self._clock()
        if frame:
            self._frames = max(now, self._frames) + self._frame_interval
        self._hold(channel, now)

    def written(self, channel: str) -> None:
        """Restart the channel's interval after a request has completed."""
        self._hold(channel, self._clock())

    def _hold(self, channel: str, now: float) -> None:
        self._free[channel] = now + self._interval
        self._free.move_to_end(channel)
        while len(self._free) > REMEMBERED:
            self._free.popitem(last=False)

    def _left(self, channel: str, frame: bool) -> float:
        free = self._free.get(channel, 0.0)
        return (max(free, self._frames) if frame else free) - self._clock()
