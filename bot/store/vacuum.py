"""Releases disk space that a database no longer needs."""

import asyncio
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.engine import URL

from bot.errors import Busy, ConfigError
from bot.store.connection import create_engine, sqlite_path
from bot.store.state_file import file_size, states_path

PATIENCE = 60.0  # seconds that SQLite waits for another program


async def vacuum(url: URL) -> int | None:
    """Rewrite the database without its free pages, even while in use. Returns the bytes freed, if known."""
    path = sqlite_path(url)
    if path is None:
        await _vacuum_server(url)
        return None
    return sum([await asyncio.to_thread(_vacuum_file, each) for each in (path, states_path(path)) if each.is_file()])


async def _vacuum_server(url: URL) -> None:
    engine = create_engine(url)
    try:
        async with engine.connect() as connection:
            alone = await connection.execution_options(isolation_level="AUTOCOMMIT")  # outside a transaction
            await alone.execute(text("VACUUM (ANALYZE)"))
    finally:
        await engine.dispose()


def _vacuum_file(path: Path) -> int:
    before = file_size(path)
    needed, free = 2 * before, shutil.disk_usage(path.parent).free  # for a copy and for the log of changes
    if free < needed:
        message = "The disk has {free} MB free; to write {path} anew, {needed} MB are needed."
        raise ConfigError(message, free=free >> 20, path=path, needed=(needed >> 20) + 1)
    try:
        with closing(sqlite3.connect(path, timeout=PATIENCE, isolation_level=None)) as connection:
            connection.execute("VACUUM")
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    except sqlite3.OperationalError as error:
        raise Busy("{path} could not be rewritten: {reason}. Try again later.", path=path, reason=error) from None
    return before - file_size(path)
