"""Order of messages within a channel: answers appear in the order in which the messages were sent."""

import asyncio
import itertools
from collections.abc import Callable
from functools import partial
from typing import Optional


class QueuePlace:
    """A place in a channel's queue. ``finish`` must always be called eventually."""

    def __init__(
        self, previous: Optional["QueuePlace"] = None, number: int = 0, *, lets_commands_pass: bool = False,
        left: Callable[["QueuePlace"], None] = lambda _: None,
    ) -> None:  # fmt: skip
        self.number = number  # increases along the queue
        self._previous = previous
        self._lets_commands_pass = lets_commands_pass
        self._left = left  # called when this place finishes
        self._begun = asyncio.Event()
        self._finished = asyncio.Event()

    def begin(self) -> None:
        """Let the next message start: this one now waits for the conversation's lock."""
        self._begun.set()

    async def entered(self, *, ordered: bool = True) -> None:
        """Wait until every earlier place has begun: turns are written in queue order."""
        place = self.before()
        while place is not None:
            if ordered or not place._lets_commands_pass:
                await place._begun.wait()
                await asyncio.sleep(0)  # let a place that has only just begun queue up for the conversation first
            place = place.before()

    async def front(self) -> None:
        """Wait until every earlier place has finished: answers appear in queue order."""
        while (place := self.before()) is not None:
            await place._finished.wait()

    def finish(self) -> None:
        """Leave the queue, whether answered or not. Safe to call more than once."""
        self._begun.set()
        self._finished.set()
        self._left(self)

    def is_followed(self, by: "QueuePlace") -> bool:
        """Return whether an unfinished place lies between this one and ``by``."""
        place = by.before()
        while place is not None and place.number > self.number:
            if not place._lets_commands_pass:
                return True
            place = place.before()
        return False

    def before(self) -> Optional["QueuePlace"]:
        """Return the nearest earlier place that has not finished."""
        while self._previous is not None and self._previous._finished.is_set():
            self._previous = self._previous._previous
        return self._previous


class ChannelQueue:
    """The queues of all channels."""

    def __init__(self) -> None:
        self._last: dict[str, QueuePlace] = {}  # channel -> its last unfinished place
        self._numbers = itertools.count()

    def join(self, channel: str, *, lets_commands_pass: bool = False) -> QueuePlace:
        """Return a new place at the end of the channel's queue."""
        place = QueuePlace(
            self._last.get(channel), next(self._numbers), lets_commands_pass=lets_commands_pass,
            left=partial(self._leave, channel),
        )  # fmt: skip
        self._last[channel] = place
        return place

    def _leave(self, channel: str, place: QueuePlace) -> None:
        """Let the next place to join follow the last unfinished place before ``place``."""
        if self._last.get(channel) is not place:
            return
        if (before := place.before()) is not None:
            self._last[channel] = before
        else:
            del self._last[channel]
