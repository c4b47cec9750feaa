"""Parts of responses that wait a few milliseconds, so that a connection gets one write for several of them.

A write of one token costs more than the rest of its way, most of it in the kernel.
"""

import asyncio
import logging
from typing import Protocol

log = logging.getLogger(__name__)

SECONDS = 1 / 60  # between two writes to a connection; a screen shows nothing sooner


class Holder(Protocol):
    """Holds something back until it is flushed."""

    def flush(self) -> None:
        """Write what is held."""


class HeldWrites:
    """All holders of a server that hold something: nothing waits for longer than ``seconds``.

    They are flushed together, by one timer. It does not run where the next token comes in time and takes the held ones
    along: waking the event loop for them would cost as much as a write each.
    """

    def __init__(self, seconds: float = SECONDS) -> None:
        self.seconds = seconds
        self._holders: set[Holder] = set()
        self._timer: asyncio.TimerHandle | None = None

    def add(self, holder: Holder) -> None:
        self._holders.add(holder)
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(self.seconds, self._flush)

    def remove(self, holder: Holder) -> None:
        """Forget ``holder``, which holds nothing any more."""
        self._holders.discard(holder)
        if self._timer is not None and not self._holders:
            self._timer.cancel()
            self._timer = None

    def _flush(self) -> None:
        self._timer, holders = None, self._holders
        self._holders = set()
        for holder in holders:
            try:
                holder.flush()
            except Exception:  # of one connection
                log.exception("a part of a response could not be written")
