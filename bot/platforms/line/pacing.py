"""How often a channel is written to: platforms take only so many edits, and people read no faster."""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable

REMEMBERED = 4096  # channels


class Pace:
    """At most one edit an ``interval`` (seconds) in a channel, counted from the end of the one before."""

    def __init__(
        self, interval: float = 1.0, frames_per_second: float = 20.0, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._interval = interval
        self._frame_interval = 1 / frames_per_second
        self._clock = clock
        self._free: OrderedDict[str, float] = OrderedDict()  # channel -> when it may be written to
        self._frames = 0.0  # when the next frame of any channel may go

    async def wait(self, channel: str, *, frame: bool = False) -> None:
        """Wait until the channel may be written to, and take that slot. A frame waits for other channels' too."""
        while (left := self._left(channel, frame)) > 0:  # noqa: ASYNC110  # others may be faster: then it is later
            await asyncio.sleep(left)
        now = self._clock()
        if frame:
            self._frames = max(now, self._frames) + self._frame_interval
        self._hold(channel, now)

    def written(self, channel: str) -> None:
        """A request has ended: the interval begins."""
        self._hold(channel, self._clock())

    def _hold(self, channel: str, now: float) -> None:
        self._free[channel] = now + self._interval
        self._free.move_to_end(channel)
        while len(self._free) > REMEMBERED:
            self._free.popitem(last=False)

    def _left(self, channel: str, frame: bool) -> float:
        free = self._free.get(channel, 0.0)
        return (max(free, self._frames) if frame else free) - self._clock()
