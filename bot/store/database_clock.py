"""The database's clock, which is the same for all processes, whatever their machines' clocks say."""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

QUERIES = {
    "sqlite": text("SELECT (julianday('now') - 2440587.5) * 86400.0"),
    "postgresql": text("SELECT extract(epoch FROM clock_timestamp())::float8"),
}


async def database_seconds(connection: AsyncConnection) -> float:
    """Return the seconds since 1970. On SQLite this is the machine's clock: all processes are on one machine."""
    return float((await connection.execute(QUERIES[connection.dialect.name])).scalar_one())
