"""Migrates the database to this program's schema, and opens it."""

import asyncio
import logging
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection
from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.errors import ConfigError
from bot.paths import data_file
from bot.store.backup import backup
from bot.store.connection import create_engine, dispose, sqlite_path
from bot.store.database_errors import StoreError
from bot.store.process_lock import migrating_alone
from bot.store.revisions import current_revision, known_revisions, newest_revision

if TYPE_CHECKING:
    from alembic.config import Config as AlembicConfig

log = logging.getLogger(__name__)

LARGE = 1 << 14  # pages: 64 MB
MIGRATION_LOCK = 0x526F6F7374  # "Roost": a key for PostgreSQL's advisory locks


def alembic_config(connection: Connection | None = None) -> "AlembicConfig":
    """Return Alembic's configuration, built in memory: the bundled scripts and the given connection."""
    from alembic.config import Config as AlembicConfig  # takes 0.15 s, so only if there is something to do

    config = AlembicConfig()
    config.set_main_option("script_location", str(data_file("migrations")).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config


def check_revision(found: str | None) -> None:
    """Raise ConfigError if the revision ``found`` belongs to a newer version of Roost."""
    if found is not None and found not in known_revisions():
        message = "The database is of a newer Roost (revision {found}). Update Roost, or use another --data folder."
        raise ConfigError(message, found=found)


async def migrate(engine: AsyncEngine, revision: str = "head", *, copied: bool = False) -> None:
    """Migrate the database to ``revision`` atomically. An older SQLite file is first copied, unless ``copied``."""
    found = await current_revision(engine)
    check_revision(found)
    if found == (newest_revision() if revision == "head" else revision):
        return
    if found is not None and (path := sqlite_path(engine.url)) is not None:
        if not copied:
            copy = path.with_name(f"{path.stem}-before-{newest_revision()}.db")
            await backup(engine.url, copy)
            log.info("database is being brought up to date; the old one is kept as %s", copy)
        await asyncio.to_thread(_repair_caches, path)
    async with engine.connect() as connection:
        await connection.run_sync(_upgrade, revision)
        await connection.run_sync(_shrink)


def _upgrade(connection: Connection, revision: str) -> None:
    from alembic import command

    sqlite = connection.dialect.name == "sqlite"
    if sqlite:  # tables are rebuilt by copying: references must not be checked, or cascade, half-way
        connection.execution_options(reading=True).exec_driver_sql("PRAGMA foreign_keys=OFF")
        connection.commit()
        connection.execution_options(reading=False)
    with connection.begin():
        if not sqlite:  # one process migrates; others wait and find nothing left to do
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({MIGRATION_LOCK})")
        command.upgrade(alembic_config(connection), revision)
        if sqlite and (broken := connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()):
            raise RuntimeError(f"the migration would break references: {broken[:5]}")
    if sqlite:
        connection.execution_options(reading=True).exec_driver_sql("PRAGMA foreign_keys=ON")


def _repair_caches(path: Path) -> None:
    """Replace damaged cache tables (before 0003) with empty ones: they could not be dropped otherwise."""
    for table in ("states", "prompt_states"):
        with closing(sqlite3.connect(path, isolation_level=None)) as connection:
            try:
                connection.execute(f"SELECT sum(nbytes), count(used) FROM {table}").fetchall()  # noqa: S608  # our own names
                continue
            except sqlite3.OperationalError:  # no such table
                continue
            except sqlite3.DatabaseError as error:
                log.warning("the kept states are thrown away: %s", error)
        with closing(sqlite3.connect(path, isolation_level=None)) as connection:
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("PRAGMA writable_schema = ON")
            connection.execute("DELETE FROM sqlite_master WHERE tbl_name = ?", (table,))
            connection.execute("PRAGMA writable_schema = RESET")
            connection.execute(f"CREATE TABLE {table} (nbytes, used)")
            connection.execute("COMMIT")
            with suppress(sqlite3.Error):  # no space for the copy; the orphaned pages are harmless
                connection.execute("VACUUM")


def _shrink(connection: Connection) -> None:
    """Release the space of dropped tables, if that is most of the file."""
    if connection.dialect.name != "sqlite":
        return
    reader = connection.execution_options(reading=True)
    free, pages = (reader.exec_driver_sql(f"PRAGMA {name}").scalar_one() for name in ("freelist_count", "page_count"))
    if free > pages // 2 or free > LARGE:
        try:
            reader.exec_driver_sql("VACUUM")
        except DBAPIError as error:  # no space for the copy: the pages will be reused
            log.warning("the database keeps its size: %s", error.orig)


@asynccontextmanager
async def opened(url: URL, *, upgrade: bool = True) -> AsyncIterator[AsyncEngine]:
    """Yield an engine, migrated unless ``upgrade`` is false, and dispose of it at the end. Raises ConfigError."""
    path = sqlite_path(url)
    engine = create_engine(url)
    try:
        try:
            if path is not None:
                path.parent.mkdir(parents=True, exist_ok=True)
            if upgrade:
                async with migrating_alone(path):
                    await migrate(engine)
            else:
                await current_revision(engine)
        except (OSError, DBAPIError, UnicodeDecodeError, StoreError) as error:
            where = path or url.render_as_string(hide_password=True)
            message = "The database {where} cannot be opened: {reason}"
            raise ConfigError(message, where=where, reason=_reason(error)) from error
        yield engine
    finally:
        await dispose(engine)


def _reason(error: Exception) -> str:
    if isinstance(error, StoreError):
        return error.reason
    if isinstance(error, OSError):
        return error.strerror or str(error)
    return str(getattr(error, "orig", None) or error)
