"""Parts of responses that wait a few milliseconds, so that a connection gets one write for several of them.

A write of one token costs more than the rest of its way, most of it in the kernel.
"""

import asyncio
import logging
from typing import Protocol

log = logging.getLogger(__name__)

SECONDS = 1 / 60  # a screen shows nothing sooner


class Holder(Protocol):
    """Holds something back until it is flushed."""

    def flush(self) -> None:
        """Write what is held."""


class HeldWrites:
    """Flushes all holders of a server together, at most once in ``seconds``: after a pause, nothing waits."""

    def __init__(self, seconds: float = SECONDS) -> None:
        self._seconds = seconds
        self._holders: list[Holder] = []
        self._last = 0.0  # when they were last flushed, in the loop's time

    def add(self, holder: Holder) -> None:
        """Flush ``holder`` once, within ``seconds``."""
        self._holders.append(holder)
        if len(self._holders) == 1:
            loop = asyncio.get_running_loop()
            loop.call_at(max(loop.time(), self._last + self._seconds), self._flush, loop)

    def _flush(self, loop: asyncio.AbstractEventLoop) -> None:
        self._last = loop.time()
        holders, self._holders = self._holders, []
        for holder in holders:
            try:
                holder.flush()
            except Exception:  # of one connection
                log.exception("a part of a response could not be written")
