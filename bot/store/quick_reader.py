"""A connection kept open for key lookups: taking one from the pool takes longer than the lookup itself."""

import asyncio

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot.shielding import run_to_completion
from bot.store.sqlite_driver import DriverConnection, driver_of


class QuickReader:
    """The driver of one SQLite connection, opened when it is first needed."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._lock = asyncio.Lock()
        self._connection: AsyncConnection | None = None
        self._driver: DriverConnection | None = None

    async def driver(self) -> DriverConnection:
        """Return the driver, whose statements may run in this thread."""
        if self._driver is None:
            return await run_to_completion(self._opened())
        return self._driver

    async def _opened(self) -> DriverConnection:
        async with self._lock:
            if self._connection is None:
                self._connection = await self._engine.connect()
            self._driver = driver_of(self._connection.sync_connection)
            return self._driver

    async def close(self) -> None:
        """Return the connection to the pool. The next lookup opens another."""
        async with self._lock:
            if (connection := self._connection) is not None:
                self._connection = self._driver = None
                await run_to_completion(connection.close())
