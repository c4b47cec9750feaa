"""Writing one row by key, the statements that every message makes."""

from collections.abc import Mapping

from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql.dml import UpdateBase

from bot.store.prepared import Written, prepare
from bot.store.shared_transaction import quick_driver


async def write_row(connection: AsyncConnection, statement: UpdateBase, values: Mapping[str, object]) -> Written:
    """Execute ``statement`` within the caller's transaction; in a quick one on SQLite without SQLAlchemy.

    ``statement`` must be kept by the caller, as compiling it takes far longer than executing it.
    """
    driver = quick_driver(connection)
    if driver is not None:
        return prepare(statement, connection.sync_engine.dialect, tuple(values)).write(driver.raw, values)
    result = await connection.execute(statement, values)
    return Written(result.rowcount, result.all() if result.returns_rows else [])
