"""The replies that a replica is writing: how many there may be, and how it finishes them before it closes."""

import asyncio
from contextlib import suppress

from bot.errors import Busy
from bot.remote.reply_events import Unavailable

CLOSING = "it is closing"
KEEP_SECONDS = 1.0  # after the last reply: its bot still has to say under which name to keep its state


class RunningReplies:
    """Counts replies. Once ``drain`` is called, new ones are refused, so that bots turn to another replica."""

    def __init__(self) -> None:
        self._count = 0
        self._draining = False
        self._idle = asyncio.Event()
        self._idle.set()

    def __len__(self) -> int:
        return self._count

    @property
    def draining(self) -> bool:
        """Whether new replies are refused."""
        return self._draining

    def begin(self, limit: int) -> None:
        """Count a reply that begins. Raises ``Unavailable`` while draining, ``Busy`` if there are ``limit``."""
        self.check(limit)
        self._count += 1
        self._idle.clear()

    def check(self, limit: int) -> None:
        """Raise what ``begin`` would raise."""
        if self._draining:
            raise Unavailable(CLOSING)
        if self._count >= limit:
            raise Busy("The queue is full: {waiting} requests are already waiting.", waiting=self._count)

    def end(self) -> None:
        """Count a reply that has ended."""
        self._count -= 1
        if not self._count:
            self._idle.set()

    async def drain(self, seconds: float) -> bool:
        """Refuse new replies and wait for those that run, for ``seconds`` at most. Returns whether all have ended."""
        self._draining = True
        had_any = self._count > 0
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._idle.wait()
        if had_any and seconds:
            await asyncio.sleep(min(KEEP_SECONDS, seconds))
        return not self._count
