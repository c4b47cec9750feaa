"""Who gets one of an engine's connections next.

SQLAlchemy's pool does not say: whoever comes while one is returned takes it from those who wait, who then start again.
Under load some would wait until the pool gives up, while others pass several times.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bot.store.database_errors import BUSY, StoreError

SQLITE = 3  # connections at once: with those that write and look up, as many as SQLAlchemy's pool keeps open
SERVER = 14  # of those that it opens at all, one is for long work
PATIENCE = 30.0  # seconds


class ConnectionQueue:
    """Serves in order of arrival."""

    def __init__(self, connections: int) -> None:
        self._free = asyncio.Semaphore(connections)

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Wait for a turn and hold it. Raises StoreError after PATIENCE."""
        if self._free.locked():
            try:
                async with asyncio.timeout(PATIENCE):
                    await self._free.acquire()
            except TimeoutError:
                raise StoreError(BUSY) from None
        else:
            await self._free.acquire()  # at once
        try:
            yield
        finally:
            self._free.release()
