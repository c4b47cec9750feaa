"""Database connections: URL, pragmas and write locking. SQLite by default, PostgreSQL if the URL says so."""

from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, Engine, event
from sqlalchemy.engine import URL as URL  # re-exported for packages that must not import sqlalchemy
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry, QueuePool

from bot.errors import ConfigError
from bot.shielding import run_to_completion
from bot.store.checkpoints import PAGES_IN_LOG, Checkpoints
from bot.store.columns import to_json
from bot.store.connection_queue import SERVER_CONNECTIONS, SQLITE_CONNECTIONS, ConnectionQueue
from bot.store.database_errors import ErrorReporter, store_error
from bot.store.quick_reader import QuickReader
from bot.store.shared_transaction import SharedTransactions
from bot.store.sqlite_driver import BEGIN, Driver

# Engines are looked up, and asked for their dialect, several times a message: AsyncEngine's proxies would be slow.
_queues: WeakKeyDictionary[Engine, ConnectionQueue] = WeakKeyDictionary()
_shared: WeakKeyDictionary[Engine, SharedTransactions] = WeakKeyDictionary()
_readers: WeakKeyDictionary[Engine, QuickReader] = WeakKeyDictionary()

# FULL: a reply that was reported as finished is on disk, even if the machine crashes.
PRAGMAS = ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=15000")
DURABLE_PRAGMAS = (f"wal_autocheckpoint={PAGES_IN_LOG}",)
CACHE_PRAGMAS = ("synchronous=OFF",)
CACHE = "roost_cache"  # engine option: the contents may be lost
ERROR_REPORTER = ErrorReporter()
DRIVERS = {"sqlite": "sqlite+aiosqlite", "postgresql": "postgresql+asyncpg", "postgres": "postgresql+asyncpg"}


def database_url(url: str, data: Path) -> URL:
    """Return the URL to open: ``url`` with an async driver, or ``roost.db`` in the folder ``data`` if it is empty."""
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
    """Create an engine with our pragmas. On SQLite, every transaction of ``writing`` starts by taking the write lock.

    If not ``durable``, commits survive the process but perhaps not the machine. That is several times as fast.
    """
    try:
        own = {"module": Driver()} if url.get_backend_name() == "sqlite" else {"pool_pre_ping": True}
        engine = create_async_engine(url, execution_options={CACHE: not durable}, json_serializer=to_json, **own)
    except (ModuleNotFoundError, NoSuchModuleError) as error:
        raise ConfigError(
            "[store] url needs a driver: pip install 'roost[postgresql]' ({error})", error=error
        ) from None
    if url.get_backend_name() == "sqlite":
        event.listen(engine.sync_engine, "connect", _prepare_sqlite if durable else _prepare_cache)
        event.listen(engine.sync_engine, "begin", _begin_sqlite)
    else:
        event.listen(engine.sync_engine, "before_cursor_execute", _without_nul, retval=True)
    return engine


def _prepare_sqlite(connection: Any, _entry: ConnectionPoolEntry) -> None:
    _prepare(connection, (*PRAGMAS, *DURABLE_PRAGMAS))


def _prepare_cache(connection: Any, _entry: ConnectionPoolEntry) -> None:
    _prepare(connection, (*PRAGMAS, *CACHE_PRAGMAS))


def _prepare(connection: Any, pragmas: Sequence[str]) -> None:
    connection.isolation_level = None  # we issue BEGIN ourselves: sqlite3 would leave reads outside and DDL unsafe
    cursor = connection.cursor()
    for pragma in pragmas:
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    if not connection.get_execution_options().get("reading"):
        # IMMEDIATE waits for the lock here, where waiting is safe; upgrading a read lock later fails at once.
        connection.exec_driver_sql(BEGIN)


def _without_nul(
    _connection: Connection, _cursor: object, statement: str, parameters: Any, _context: object, _many: bool
) -> tuple[str, Any]:
    """Remove NUL characters from texts: PostgreSQL does not accept them, and people can send them."""
    if isinstance(parameters, list):
        return statement, [_texts_without_nul(each) for each in parameters]
    return statement, _texts_without_nul(parameters)


def _texts_without_nul(parameters: Any) -> Any:
    if not any(isinstance(each, str) and "\0" in each for each in parameters):
        return parameters
    return tuple(each.replace("\0", "") if isinstance(each, str) else each for each in parameters)


@asynccontextmanager
async def reading(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    """Yield a connection for queries, which never waits for writers. Raises StoreError if the cause is known."""
    with explained(engine):
        async with _connected(engine) as connection:
            yield await connection.execution_options(reading=True)


class Writing:
    """A transaction: committed at the end of the block, rolled back if the block raises."""

    __slots__ = ("_engine", "_transaction")

    def __init__(self, engine: AsyncEngine, transaction: AbstractAsyncContextManager[AsyncConnection]) -> None:
        self._engine = engine
        self._transaction = transaction

    async def __aenter__(self) -> AsyncConnection:
        try:
            return await self._transaction.__aenter__()
        except BaseException as failure:
            _explain(failure, self._engine)
            raise

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        try:
            await self._transaction.__aexit__(kind, error, traceback)
        except BaseException as failure:
            _explain(failure, self._engine)
            raise
        if error is not None:
            _explain(error, self._engine)


def writing(engine: AsyncEngine, *, quick: bool = False) -> Writing:
    """Return a context that yields a connection in a transaction. Raises StoreError.

    ``quick``: only a few rows are written; on SQLite everything except the commit then runs in this thread.
    """
    return Writing(engine, _transactions(engine).part(quick=quick) if is_sqlite(engine) else _transaction(engine))


@asynccontextmanager
async def _transaction(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    async with _connected(engine) as connection:
        await connection.begin()
        yield connection
        await connection.commit()


@asynccontextmanager
async def opened_apart(engine: AsyncEngine) -> AsyncIterator[AsyncEngine]:
    """Yield an engine whose transactions do not wait until those of ``engine`` leave a connection free.

    On SQLite, whose writers wait for each other anyway, it is ``engine`` itself.
    """
    if is_sqlite(engine):
        yield engine
        return
    own = create_engine(engine.url)
    try:
        yield own
    finally:
        await dispose(own)


async def dispose(engine: AsyncEngine) -> None:
    """Close the connections, after pending writes have finished."""
    if (transactions := _shared.get(engine.sync_engine)) is not None:
        await transactions.finish()
        _shared.pop(engine.sync_engine, None)  # until then, whoever comes waits in the same line
    if (reader := _readers.pop(engine.sync_engine, None)) is not None:
        await reader.close()
    await engine.dispose()


def is_sqlite(engine: AsyncEngine) -> bool:
    """Return whether the database is SQLite."""
    return engine.sync_engine.dialect.name == "sqlite"


def quick_reader(engine: AsyncEngine) -> QuickReader | None:
    """Return the connection for key lookups; None if they must not run in this thread."""
    found = _readers.get(engine.sync_engine)
    if found is None and is_sqlite(engine) and isinstance(engine.sync_engine.pool, QueuePool):
        found = _readers[engine.sync_engine] = QuickReader(engine)
    return found


def _transactions(engine: AsyncEngine) -> SharedTransactions:
    found = _shared.get(engine.sync_engine)
    if found is None:
        path = None if engine.get_execution_options().get(CACHE) else sqlite_path(engine.url)
        checkpoints = None if path is None else Checkpoints(path)
        found = _shared[engine.sync_engine] = SharedTransactions(engine, checkpoints)
    return found


@asynccontextmanager
async def _connected(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    """Yield a connection from the pool.

    Opening one is never cancelled: aiosqlite would leave a thread that outlives the event loop.
    """
    queue = _queues.get(engine.sync_engine)
    if queue is None:
        most = SQLITE_CONNECTIONS if is_sqlite(engine) else SERVER_CONNECTIONS
        queue = _queues[engine.sync_engine] = ConnectionQueue(most)
    async with queue.turn():
        connection = engine.connect()
        try:
            await run_to_completion(connection.start())
            yield connection
        finally:
            if connection.sync_connection is not None:
                await run_to_completion(connection.close())


class explained:  # noqa: N801  # used like a function
    """Turns database errors in the block into StoreError if the cause is known."""

    __slots__ = ("_engine",)

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: object, error: BaseException | None, traceback: object) -> None:
        _explain(error, self._engine)


def _explain(error: BaseException | None, engine: AsyncEngine) -> None:
    if not isinstance(error, (DBAPIError, UnicodeDecodeError)) or (trouble := store_error(error)) is None:
        return
    trouble.__cause__ = error
    if not engine.get_execution_options().get(CACHE):
        ERROR_REPORTER.report(trouble)
    raise trouble from error


def sqlite_path(url: URL) -> Path | None:
    """Return the file of an SQLite database; None for any other."""
    if url.get_backend_name() != "sqlite" or not url.database or url.database == ":memory:":
        return None
    return Path(url.database)


def now() -> datetime:
    """Return the current time in UTC."""
    return datetime.now(UTC)
