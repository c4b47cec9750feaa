"""Chooses one of several processes on a database for work that only one may do at a time."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from hashlib import blake2b

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.shielding import run_to_completion
from bot.store.connection import explained, sqlite_path
from bot.store.process_lock import only_holder

TRY_LOCK, UNLOCK = text("SELECT pg_try_advisory_lock(:key)"), text("SELECT pg_advisory_unlock(:key)")


@asynccontextmanager
async def sole_worker(engine: AsyncEngine, work: str) -> AsyncIterator[bool]:
    """Yield whether this process may do ``work`` now. If it dies meanwhile, another one may.

    The lock is a file's with SQLite, and the connection's with PostgreSQL, which frees it when the process is gone.
    """
    if engine.dialect.name != "postgresql":
        with only_holder(sqlite_path(engine.url), work) as chosen:
            yield chosen
        return
    key = {"key": int.from_bytes(blake2b(work.encode(), digest_size=8).digest(), signed=True)}
    with explained(engine):
        connection = engine.connect()
        try:
            await run_to_completion(connection.start())
            await connection.execution_options(isolation_level="AUTOCOMMIT")  # no transaction stays open meanwhile
            chosen = bool((await connection.execute(TRY_LOCK, key)).scalar_one())
            try:
                yield chosen
            finally:
                if chosen:
                    await run_to_completion(connection.execute(UNLOCK, key))
        finally:
            if connection.sync_connection is not None:
                await run_to_completion(connection.close())
