"""How often a channel is written to: Discord takes five edits in five seconds, and people read no faster."""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable

FRAMES_PER_SECOND = 20.0  # of all channels together; Discord takes 50 requests a second, the rest is for whole answers
REMEMBERED = 4096  # channels


class Pace:
    """At most one edit an ``interval`` (seconds) in a channel, counted from the end of the one before."""

    def __init__(self, interval: float = 1.0, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._interval = interval
        self._clock = clock
        self._free: OrderedDict[int, float] = OrderedDict()  # channel -> when it may be written to
        self._frames = 0.0  # when the next frame of any channel may go

    async def wait(self, channel: int, *, frame: bool = False) -> None:
        """Wait for the channel's next place, and take it. A frame also waits for the frames of other channels."""
        while (left := self._left(channel, frame)) > 0:  # noqa: ASYNC110  # others may be faster: then it is later
            await asyncio.sleep(left)
        now = self._clock()
        if frame:
            self._frames = max(now, self._frames) + 1 / FRAMES_PER_SECOND
        self._hold(channel, now)

    def written(self, channel: int) -> None:
        """A request has ended: the interval begins."""
        self._hold(channel, self._clock())

    def _hold(self, channel: int, now: float) -> None:
        self._free[channel] = now + self._interval
        self._free.move_to_end(channel)
        while len(self._free) > REMEMBERED:
            self._free.popitem(last=False)

    def _left(self, channel: int, frame: bool) -> float:
        free = self._free.get(channel, 0.0)
        return (max(free, self._frames) if frame else free) - self._clock()
