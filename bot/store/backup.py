"""Copies a database that is in use."""

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path

from sqlalchemy.engine import URL

from bot.store.connection import sqlite_path
from bot.store.postgresql_tools import dump
from bot.store.state_file import states_path


async def backup(url: URL, target: Path, *, states: bool = False) -> int:
    """Copy a running database to ``target``, consistently and never partially. Returns its size in bytes.

    With ``states``, the stored states are copied as well, to a second file. A state is named by everything it has
    read, so one written between the two copies does no harm. Raises UserError.
    """
    path = sqlite_path(url)
    await asyncio.to_thread(target.parent.mkdir, parents=True, exist_ok=True)
    if path is None:
        return await dump(url, target, states=states)
    if states and states_path(path).is_file():
        await asyncio.to_thread(copy_sqlite, states_path(path), states_path(target))
    return await asyncio.to_thread(copy_sqlite, path, target)


def copy_sqlite(path: Path, target: Path) -> int:
    """Copy a single SQLite file."""
    unfinished = target.with_name(target.name + ".part")
    unfinished.unlink(missing_ok=True)
    try:
        with closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(unfinished)) as copy:
            source.backup(copy)
        unfinished.replace(target)
    except BaseException:
        unfinished.unlink(missing_ok=True)
        raise
    return target.stat().st_size
