"""Who gets one of an engine's connections next.

SQLAlchemy's pool does not say: whoever comes while one is returned takes it from those who wait, who then start again.
Under load some would wait until the pool gives up, while others pass several times.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bot.store.database_errors import BUSY, StoreError

# Connections at once. SQLAlchemy's pool keeps five open and opens fifteen at most.
SQLITE_CONNECTIONS = 3  # with the one that writes and the one that looks up: those that the pool keeps
SERVER_CONNECTIONS = 14  # one is left for long work
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
