"""Key lookups of a few rows, the queries that every message makes."""

from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from sqlalchemy import Row, Select
from sqlalchemy.exc import MissingGreenlet
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlalchemy.pool import QueuePool

from bot.store.connection import explained, is_sqlite, reading
from bot.store.sqlite_driver import driver_of, quickly


async def look_up(engine: AsyncEngine, query: Select[Any], **values: object) -> Sequence[Row[Any]]:
    """Run a query that finds a few rows by key; on SQLite synchronously, in this thread."""
    pool = engine.sync_engine.pool
    if is_sqlite(engine) and isinstance(pool, QueuePool) and pool.checkedin():
        known = engine.sync_engine
        with suppress(MissingGreenlet), explained(engine), known.connect() as here, quickly(driver_of(here)):
            return list(here.execution_options(reading=True).execute(query, values))
        # The connection would have to be reopened, which takes time.
    async with reading(engine) as reader:
        return list(await reader.execute(query, values))
