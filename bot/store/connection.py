"""Opening the database: engine, pragmas, migrations, backup and checks. SQLite by default, PostgreSQL by its URL."""

import asyncio
import logging
import sqlite3
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

from alembic import command
from alembic.config import Config as AlembicConfig
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, event, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, OperationalError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry

from bot.errors import ConfigError
from bot.paths import data_file

log = logging.getLogger(__name__)
_lines: WeakKeyDictionary[AsyncEngine, asyncio.Lock] = WeakKeyDictionary()  # who writes next

# FULL: a reply that was reported as finished is on the disk, whatever happens to the machine.
PRAGMAS = ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=15000")
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


def create_engine(url: URL) -> AsyncEngine:
    """An engine with our pragmas. On SQLite every transaction of ``writing`` takes the write lock at its beginning."""
    try:
        engine = create_async_engine(url, pool_pre_ping=url.get_backend_name() != "sqlite")
    except (ModuleNotFoundError, NoSuchModuleError) as error:
        raise ConfigError(
            "[store] url needs a driver: pip install 'roost[postgresql]' ({error})", error=error
        ) from None
    if url.get_backend_name() == "sqlite":
        event.listen(engine.sync_engine, "connect", _prepare_sqlite)
        event.listen(engine.sync_engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: Any, _entry: ConnectionPoolEntry) -> None:
    connection.isolation_level = None  # we say BEGIN ourselves: sqlite3's own rules leave reads outside and DDL unsafe
    cursor = connection.cursor()
    for pragma in PRAGMAS:
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    if not connection.get_execution_options().get("reading"):
        # IMMEDIATE waits for the lock here, where waiting is safe; a later upgrade of a read lock fails at once.
        connection.exec_driver_sql("BEGIN IMMEDIATE")


@asynccontextmanager
async def reading(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    """A connection for queries: never waits for writers."""
    async with engine.connect() as connection:
        yield await connection.execution_options(reading=True)


@asynccontextmanager
async def writing(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    """One transaction: committed at the end, rolled back when the block raises."""
    async with _in_line(engine), engine.begin() as connection:
        yield connection


def _in_line(engine: AsyncEngine) -> AbstractAsyncContextManager[object]:
    """SQLite has one writer at a time and no order among those who wait: some would wait until their timeout."""
    if engine.dialect.name != "sqlite":
        return nullcontext()
    line = _lines.get(engine)
    if line is None:
        line = _lines[engine] = asyncio.Lock()
    return line


# --- migrations ---------------------------------------------------------------------------------------------------


def alembic_config(connection: Connection | None = None) -> AlembicConfig:
    """Alembic's configuration, in memory: scripts from the bundled folder, the connection handed over."""
    config = AlembicConfig()
    config.set_main_option("script_location", str(data_file("migrations")).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config


def newest_revision() -> str | None:
    """The revision that this program needs."""
    return ScriptDirectory.from_config(alembic_config()).get_current_head()


async def current_revision(engine: AsyncEngine) -> str | None:
    """The revision of the database; None when it is blank."""
    async with reading(engine) as connection:
        return await connection.run_sync(lambda sync: MigrationContext.configure(sync).get_current_revision())


async def migrate(engine: AsyncEngine, revision: str = "head") -> None:
    """Bring the database to ``revision``, all or nothing; an older SQLite file is copied first."""
    found = await current_revision(engine)
    known = {script.revision for script in ScriptDirectory.from_config(alembic_config()).walk_revisions()}
    if found is not None and found not in known:
        message = "The database is of a newer Roost (revision {found}). Update Roost, or use another --data folder."
        raise ConfigError(message, found=found)
    if found == (newest_revision() if revision == "head" else revision):
        return
    if found is not None and (path := sqlite_path(engine.url)) is not None:
        copy = path.with_name(f"{path.stem}-before-{newest_revision()}.db")
        await backup(engine.url, copy)
        log.info("database is being brought up to date; the old one is kept as %s", copy)
    async with engine.connect() as connection:
        await connection.run_sync(_upgrade, revision)


def _upgrade(connection: Connection, revision: str) -> None:
    sqlite = connection.dialect.name == "sqlite"
    if sqlite:  # tables are rebuilt by copying: their references must not be checked, or cascade, half-way
        connection.execution_options(reading=True).exec_driver_sql("PRAGMA foreign_keys=OFF")
        connection.commit()
        connection.execution_options(reading=False)
    with connection.begin():
        command.upgrade(alembic_config(connection), revision)
        if sqlite and (broken := connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()):
            raise RuntimeError(f"the migration would break references: {broken[:5]}")
    if sqlite:
        connection.execution_options(reading=True).exec_driver_sql("PRAGMA foreign_keys=ON")


# --- care ---------------------------------------------------------------------------------------------------------


def sqlite_path(url: URL) -> Path | None:
    """The file of an SQLite database; None for any other."""
    if url.get_backend_name() != "sqlite" or not url.database or url.database == ":memory:":
        return None
    return Path(url.database)


async def backup(url: URL, target: Path) -> int:
    """Copy a running SQLite database to ``target``, consistently. Returns bytes. Raises ConfigError for others."""
    path = sqlite_path(url)
    if path is None:
        raise ConfigError("PostgreSQL databases are backed up with pg_dump.")
    return await asyncio.to_thread(_copy_sqlite, path, target)


def _copy_sqlite(path: Path, target: Path) -> int:
    target.parent.mkdir(parents=True, exist_ok=True)
    unfinished = target.with_name(target.name + ".part")
    unfinished.unlink(missing_ok=True)
    source, copy = sqlite3.connect(path), sqlite3.connect(unfinished)
    try:
        source.backup(copy)
    finally:
        copy.close()
        source.close()
    unfinished.replace(target)
    return target.stat().st_size


async def check(engine: AsyncEngine) -> list[str]:
    """Problems of the database, one line each; an empty list when all is well."""
    problems = []
    found, needed = await current_revision(engine), newest_revision()
    if found != needed:
        problems.append(f"revision is {found or 'none'}, this Roost needs {needed}: run `roost db upgrade`")
    if engine.url.get_backend_name() == "sqlite":
        async with reading(engine) as connection:
            rows = (await connection.execute(text("PRAGMA integrity_check"))).scalars().all()
            problems += [f"integrity: {row}" for row in rows if row != "ok"]
            rows = (await connection.execute(text("PRAGMA foreign_key_check"))).all()
            problems += [f"broken reference in {row[0]}, row {row[1]}" for row in rows[:20]]
    return problems


@asynccontextmanager
async def opened(url: URL, *, upgrade: bool = True) -> AsyncIterator[AsyncEngine]:
    """An engine, migrated unless ``upgrade`` is false, disposed of at the end. Raises ConfigError."""
    path = sqlite_path(url)
    engine = create_engine(url)
    try:
        try:
            if path is not None:
                path.parent.mkdir(parents=True, exist_ok=True)
            if upgrade:
                await migrate(engine)
            else:
                await current_revision(engine)
        except (OSError, OperationalError, DBAPIError) as error:
            where = path or url.render_as_string(hide_password=True)
            reason = str(getattr(error, "orig", None) or error)
            raise ConfigError("The database {where} cannot be opened: {reason}", where=where, reason=reason) from error
        yield engine
    finally:
        await engine.dispose()


def now() -> datetime:
    """The time, in UTC."""
    return datetime.now(UTC)
