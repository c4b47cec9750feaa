"""Copying a database that is in use."""

import asyncio
import sqlite3
from pathlib import Path

from sqlalchemy.engine import URL

from bot.errors import ConfigError
from bot.store.connection import sqlite_path


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
