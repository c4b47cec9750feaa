"""Copying a database that is in use."""

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path

from sqlalchemy.engine import URL

from bot.store.connection import sqlite_path
from bot.store.postgresql_tools import dump
from bot.store.state_file import states_path


async def backup(url: URL, target: Path, *, states: bool = False) -> int:
    """Copy a running database to ``target``, consistently; never half. Returns bytes. Raises UserError.

    With ``states`` also what was kept of the model's, beside it. A state is named by all it has read: one that was
    written between the two copies fits either.
    """
    path = sqlite_path(url)
    await asyncio.to_thread(target.parent.mkdir, parents=True, exist_ok=True)
    if path is None:
        return await dump(url, target, states=states)
    if states and states_path(path).is_file():
        await asyncio.to_thread(copy_sqlite, states_path(path), states_path(target))
    return await asyncio.to_thread(copy_sqlite, path, target)


def copy_sqlite(path: Path, target: Path) -> int:
    """The same for one file of SQLite's."""
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
