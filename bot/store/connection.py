"""Connecting to the database: its URL, the pragmas, who may write when. SQLite by default, PostgreSQL by its URL."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, event
from sqlalchemy.engine import URL as URL  # also for those who may not import sqlalchemy
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry

from bot.errors import ConfigError
from bot.shielding import to_the_end
from bot.store.shared_transaction import SharedTransactions
from bot.store.sqlite_driver import Driver
from bot.store.trouble import Alarm, trouble_of

_shared: WeakKeyDictionary[AsyncEngine, SharedTransactions] = WeakKeyDictionary()

# FULL: a reply that was reported as finished is on the disk, whatever happens to the machine.
PRAGMAS = ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=15000")
CACHE = "roost_cache"  # an engine's option: what it holds may be lost
ALARM = Alarm()
DRIVERS = {"sqlite": "sqlite+aiosqlite", "postgresql": "postgresql+asyncpg", "postgres": "postgresql+asyncpg"}


def database_url(url: str, data: Path) -> URL:
    """The URL to open: ``url`` with an async driver, or ``roost.db`` in the folder ``data`` when it is empty."""
    if not url:
        return URL.create("sqlite+aiosqlite", database=str(data / "roost.db"))
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise ConfigError("[store] url: expected something like postgresql://user:password@host/name") from None
    if parsed.drivername in DRIVERS:
        parsed = parsed.set(drivername=DRIVERS[parsed.drivername])
    if parsed.drivername not in DRIVERS.values():
        raise ConfigError("[store] url: {name} is not supported; use sqlite or postgresql", name=parsed.drivername)
    return parsed


def create_engine(url: URL, *, durable: bool = True) -> AsyncEngine:
    """An engine with our pragmas. On SQLite every transaction of ``writing`` takes the write lock at its beginning.

    Not ``durable``: what was committed survives the process, perhaps not the machine. Several times as fast.
    """
    try:
        own = {"module": Driver()} if url.get_backend_name() == "sqlite" else {"pool_pre_ping": True}
        engine = create_async_engine(url, execution_options={CACHE: not durable}, **own)
    except (ModuleNotFoundError, NoSuchModuleError) as error:
        raise ConfigError(
            "[store] url needs a driver: pip install 'roost[postgresql]' ({error})", error=error
        ) from None
    if url.get_backend_name() == "sqlite":
        event.listen(engine.sync_engine, "connect", _prepare_sqlite if durable else _prepare_cache)
        event.listen(engine.sync_engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: Any, _entry: ConnectionPoolEntry) -> None:
    connection.isolation_level = None  # we say BEGIN ourselves: sqlite3's own rules leave reads outside and DDL unsafe
    cursor = connection.cursor()
    for pragma in PRAGMAS:
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _prepare_cache(connection: Any, entry: ConnectionPoolEntry) -> None:
    _prepare_sqlite(connection, entry)
    connection.execute("PRAGMA synchronous=OFF").close()


def _begin_sqlite(connection: Connection) -> None:
    if not connection.get_execution_options().get("reading"):
        # IMMEDIATE waits for the lock here, where waiting is safe; a later upgrade of a read lock fails at once.
        connection.exec_driver_sql("BEGIN IMMEDIATE")


@asynccontextmanager
async def reading(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    """A connection for queries: never waits for writers. Raises StoreError where the reason is known."""
    with explained(engine):
        async with _connected(engine) as connection:
            yield await connection.execution_options(reading=True)


@asynccontextmanager
async def writing(engine: AsyncEngine, *, quick: bool = False) -> AsyncIterator[AsyncConnection]:
    """One transaction: committed at the end, rolled back when the block raises. Raises StoreError.

    ``quick``: a few rows are written; on SQLite that is done in this thread, all but the commit.
    """
    with explained(engine):
        if is_sqlite(engine):
            async with _transactions(engine).part(quick=quick) as connection:
                yield connection
            return
        async with _connected(engine) as connection:
            await connection.begin()
            yield connection
            await connection.commit()


async def dispose(engine: AsyncEngine) -> None:
    """Close the connections, once what is being written is written."""
    if (transactions := _shared.get(engine)) is not None:
        await transactions.finish()
    await engine.dispose()


def is_sqlite(engine: AsyncEngine) -> bool:
    """Whether it is SQLite's."""
    return engine.dialect.name == "sqlite"


def _transactions(engine: AsyncEngine) -> SharedTransactions:
    found = _shared.get(engine)
    if found is None:
        found = _shared[engine] = SharedTransactions(engine)
    return found


@asynccontextmanager
async def _connected(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    """A connection of the pool. Opening one is never cut: aiosqlite would leave a thread that outlives the loop."""
    connection = engine.connect()
    try:
        await to_the_end(connection.start())
        yield connection
    finally:
        if connection.sync_connection is not None:
            await to_the_end(connection.close())


@contextmanager
def explained(engine: AsyncEngine) -> Iterator[None]:
    """Within the block, what the database says is raised as StoreError where the reason is known."""
    try:
        yield
    except (DBAPIError, UnicodeDecodeError) as error:
        if (trouble := trouble_of(error)) is None:
            raise
        trouble.__cause__ = error
        if not engine.get_execution_options().get(CACHE):
            ALARM.tell(trouble)
        raise trouble from error


def sqlite_path(url: URL) -> Path | None:
    """The file of an SQLite database; None for any other."""
    if url.get_backend_name() != "sqlite" or not url.database or url.database == ":memory:":
        return None
    return Path(url.database)


def now() -> datetime:
    """The time, in UTC."""
    return datetime.now(UTC)
