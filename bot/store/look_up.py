"""Key lookups of a few rows, the queries that every message makes."""

import sqlite3
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from sqlalchemy import Row, Select
from sqlalchemy.exc import MissingGreenlet
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlalchemy.pool import QueuePool

from bot.store.connection import is_sqlite, reading
from bot.store.prepared import prepare
from bot.store.sqlite_driver import DriverConnection


async def look_up(engine: AsyncEngine, query: Select[Any], **values: object) -> Sequence[Row[Any]]:
    """Run a query that finds a few rows by key; on SQLite synchronously, in this thread.

    ``query`` must be kept by the caller, as compiling it takes far longer than running it.
    """
    pool = engine.sync_engine.pool
    if is_sqlite(engine) and isinstance(pool, QueuePool) and pool.checkedin():
        # MissingGreenlet: the connection has to be reopened, which takes time. Errors are explained below.
        with suppress(MissingGreenlet, sqlite3.Error):
            pooled = pool.connect()
            try:
                driver: object = pooled.dbapi_connection
                if isinstance(driver, DriverConnection):
                    return prepare(query, engine.dialect).run(driver.raw, values)
            finally:
                pooled.close()
    async with reading(engine) as reader:
        return list(await reader.execute(query, values))
