"""Connecting to the database: its URL, the pragmas, who may write when. SQLite by default, PostgreSQL by its URL."""

import asyncio
import logging
import sqlite3
import time
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager, nullcontext
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, Table, event
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import URL as URL  # also for those who may not import sqlalchemy
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry
from sqlalchemy.sql.dml import Insert

from bot.errors import ConfigError
from bot.shielding import to_the_end
from bot.store.trouble import Alarm, sqlite_code, trouble_of

log = logging.getLogger(__name__)

_lines: WeakKeyDictionary[AsyncEngine, asyncio.Lock] = WeakKeyDictionary()  # who writes next

# FULL: a reply that was reported as finished is on the disk, whatever happens to the machine.
PRAGMAS = ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=15000")
CACHE = "roost_cache"  # an engine's option: what it holds may be lost
ALARM = Alarm()
PATIENCE = 60.0  # seconds that a writer waits for another program's lock
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
        engine = create_async_engine(
            url, pool_pre_ping=url.get_backend_name() != "sqlite", execution_options={CACHE: not durable}
        )
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
    with _explained(engine):
        async with _connected(engine) as connection:
            yield await connection.execution_options(reading=True)


@asynccontextmanager
async def writing(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    """One transaction: committed at the end, rolled back when the block raises. Raises StoreError."""
    with _explained(engine):
        async with _in_line(engine), _connected(engine) as connection:
            await _begin(connection)
            yield connection
            await connection.commit()


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


async def _begin(connection: AsyncConnection) -> None:
    """Begin a transaction, however long another program holds its own."""
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            await connection.begin()
            return
        except DBAPIError as error:
            if sqlite_code(error) != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
            log.warning("another program has locked the database; waiting for it")


@contextmanager
def _explained(engine: AsyncEngine) -> Iterator[None]:
    try:
        yield
    except (DBAPIError, UnicodeDecodeError) as error:
        if (trouble := trouble_of(error)) is None:
            raise
        trouble.__cause__ = error
        if not engine.get_execution_options().get(CACHE):
            ALARM.tell(trouble)
        raise trouble from error


def _in_line(engine: AsyncEngine) -> AbstractAsyncContextManager[object]:
    """SQLite has one writer at a time and no order among those who wait: some would wait until their timeout."""
    if engine.dialect.name != "sqlite":
        return nullcontext()
    line = _lines.get(engine)
    if line is None:
        line = _lines[engine] = asyncio.Lock()
    return line


def insert_new(connection: AsyncConnection, table: Table, row: Mapping[str, object]) -> Insert:
    """Insert ``row``; nothing happens where its key is taken."""
    make = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    return make(table).values(dict(row)).on_conflict_do_nothing()


def upsert(
    connection: AsyncConnection, table: Table, rows: Sequence[Mapping[str, object]], key: Sequence[str],
    *, add: Sequence[str] = (),
) -> Insert:  # fmt: skip
    """Insert ``rows``; where ``key`` is taken, replace the other columns, or add to those named in ``add``."""
    make = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    statement = make(table).values([dict(row) for row in rows])
    given = statement.excluded
    names = [name for name in rows[0] if name not in key]
    new = {name: table.c[name] + given[name] if name in add else given[name] for name in names}
    return statement.on_conflict_do_update(index_elements=list(key), set_=new)


def sqlite_path(url: URL) -> Path | None:
    """The file of an SQLite database; None for any other."""
    if url.get_backend_name() != "sqlite" or not url.database or url.database == ":memory:":
        return None
    return Path(url.database)


def now() -> datetime:
    """The time, in UTC."""
    return datetime.now(UTC)
