"""Rate limit for an account's messages. QQ publishes no limits, but mutes accounts that write like machines."""

import asyncio
import random
import time
from collections import OrderedDict, deque
from collections.abc import Callable
from dataclasses import dataclass, field

REMEMBERED = 4096  # channels
MINUTE = 60.0


@dataclass(slots=True)
class Slots:
    """The send slots of the account or of one channel."""

    most: int  # per minute
    free: float = 0.0
    taken: deque[float] = field(default_factory=deque)

    def reserve(self, now: float, gap: float) -> float:
        """Reserve and return the next free time."""
        at = max(now, self.free)
        if len(self.taken) >= self.most:
            at = max(at, self.taken[0] + MINUTE)
            self.taken.popleft()
        self.taken.append(at)
        self.free = at + gap
        return at


class SendPacer:
    """Spaces messages by ``gap`` to ``2 * gap`` seconds at random, with at most ``per_minute`` per minute.

    Limits apply to the account and to each channel, so that a busy channel does not delay others.
    """

    def __init__(
        self, gap: float, per_minute: int, *, clock: Callable[[], float] = time.monotonic,
        draw: Callable[[], float] = random.random,
    ) -> None:  # fmt: skip
        self._gap = gap
        self._most = per_minute
        self._clock = clock
        self._draw = draw
        self._account = Slots(per_minute)
        self._channels: OrderedDict[str, Slots] = OrderedDict()

    async def wait(self, channel: str) -> None:
        """Wait for the channel's next slot, then for the account's."""
        for slots in (self._slots(channel), self._account):
            gap = self._gap * (1 + self._draw())
            await self._sleep_until(slots.reserve(self._clock(), gap))

    def _slots(self, channel: str) -> Slots:
        slots = self._channels.setdefault(channel, Slots(self._most))
        self._channels.move_to_end(channel)
        while len(self._channels) > REMEMBERED:
            self._channels.popitem(last=False)
        return slots

    async def _sleep_until(self, at: float) -> None:
        while (left := at - self._clock()) > 0:  # noqa: ASYNC110  # timers may fire early
            await asyncio.sleep(left)
