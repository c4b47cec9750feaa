"""Key lookups of a few rows, the queries that every message makes."""

import sqlite3
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, Select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.store.connection import quick_reader, reading
from bot.store.prepared import prepare


async def look_up(engine: AsyncEngine, query: Select[Any], **values: object) -> Sequence[Row[Any]]:
    """Run a query that finds a few rows by key; on SQLite synchronously, in this thread.

    ``query`` must be kept by the caller, as compiling it takes far longer than running it.
    """
    if (reader := quick_reader(engine)) is not None:
        try:
            return prepare(query, engine.sync_engine.dialect).run((await reader.driver()).raw, values)
        except (sqlite3.Error, DBAPIError):
            pass  # explained below
    async with reading(engine) as connection:
        return list(await connection.execute(query, values))
