"""Who comes after whom in a channel: answers appear in the order of what was said."""

import asyncio
from typing import Optional
from weakref import WeakValueDictionary


class Ticket:
    """A place in a channel's line. ``finish`` must be called in the end, whatever happens."""

    def __init__(self, previous: Optional["Ticket"]) -> None:
        self._previous = previous
        self._begun = asyncio.Event()
        self._finished = asyncio.Event()

    def begin(self) -> None:
        """This one's turn waits for the conversation now: the next in line may be read."""
        self._begun.set()

    async def entered(self) -> None:
        """Wait until everybody before has begun: turns are written in the order of the line."""
        place = self._before()
        while place is not None:
            await place._begun.wait()
            place = place._before()

    async def front(self) -> None:
        """Wait until everybody before is answered: answers appear in the order of the line."""
        while (place := self._before()) is not None:
            await place._finished.wait()

    def finish(self) -> None:
        """Answered, or not to be answered."""
        self._begun.set()
        self._finished.set()

    def _before(self) -> Optional["Ticket"]:
        """The nearest before that is not finished."""
        while self._previous is not None and self._previous._finished.is_set():
            self._previous = self._previous._previous
        return self._previous


class Lines:
    """The lines of all channels."""

    def __init__(self) -> None:
        self._last: WeakValueDictionary[int, Ticket] = WeakValueDictionary()

    def join(self, channel: int) -> Ticket:
        """A place at the end of the channel's line."""
        ticket = self._last[channel] = Ticket(self._last.get(channel))
        return ticket
