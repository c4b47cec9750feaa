"""Who comes after whom in a channel: answers appear in the order of what was said."""

import asyncio
import itertools
from collections.abc import Callable
from functools import partial
from typing import Optional


class Place:
    """A place in a channel's queue. ``finish`` must be called in the end, whatever happens."""

    def __init__(
        self, previous: Optional["Place"] = None, number: int = 0, *, lets_commands_pass: bool = False,
        left: Callable[["Place"], None] = lambda _: None,
    ) -> None:  # fmt: skip
        self.number = number  # grows along the queue
        self._previous = previous
        self._lets_commands_pass = lets_commands_pass
        self._left = left  # is told when it finishes
        self._begun = asyncio.Event()
        self._finished = asyncio.Event()

    def begin(self) -> None:
        """Its turn waits for the conversation now: the next one may be read."""
        self._begun.set()

    async def entered(self, *, ordered: bool = True) -> None:
        """Wait until everyone before has begun: turns are written in the order of the queue."""
        place = self.before()
        while place is not None:
            if ordered or not place._lets_commands_pass:
                await place._begun.wait()
                await asyncio.sleep(0)  # where it has begun only now, it joins those who wait for the conversation
            place = place.before()

    async def front(self) -> None:
        """Wait until everyone before is answered: answers appear in the order of the queue."""
        while (place := self.before()) is not None:
            await place._finished.wait()

    def finish(self) -> None:
        """Answered, or not to be answered. Safe to call again."""
        self._begun.set()
        self._finished.set()
        self._left(self)

    def is_followed(self, by: "Place") -> bool:
        """Whether somebody came after this one and before ``by``, and is not finished."""
        place = by.before()
        while place is not None and place.number > self.number:
            if not place._lets_commands_pass:
                return True
            place = place.before()
        return False

    def before(self) -> Optional["Place"]:
        """The nearest one before that is not finished."""
        while self._previous is not None and self._previous._finished.is_set():
            self._previous = self._previous._previous
        return self._previous


class ChannelQueue:
    """The queues of all channels."""

    def __init__(self) -> None:
        self._last: dict[str, Place] = {}  # of each channel, the last one that is not finished
        self._numbers = itertools.count()

    def join(self, channel: str, *, lets_commands_pass: bool = False) -> Place:
        """A place at the end of the channel's queue."""
        place = Place(
            self._last.get(channel), next(self._numbers), lets_commands_pass=lets_commands_pass,
            left=partial(self._leave, channel),
        )  # fmt: skip
        self._last[channel] = place
        return place

    def _leave(self, channel: str, place: Place) -> None:
        """Whoever comes next follows those who still wait before ``place``."""
        if self._last.get(channel) is not place:
            return
        if (before := place.before()) is not None:
            self._last[channel] = before
        else:
            del self._last[channel]
