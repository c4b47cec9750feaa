"""Checkpoints beside the writers: committed pages are copied from the write-ahead log into the database.

SQLite would do that within a commit, every 1,000 pages, and everyone who waits for the disk would wait for two more
fsyncs. Here a thread does most of it. The log begins anew when a commit finds all of it copied, so from PAGES_IN_LOG on
the commits copy the rest, which is little.
"""

import asyncio
import logging
import sqlite3
from contextlib import closing
from pathlib import Path

from bot.tasks import Tasks

log = logging.getLogger(__name__)

EVERY = 125  # commits; each writes some ten pages
PAGES_IN_LOG = 4000  # of 4 kB


class Checkpoints:
    """The checkpoints of a database file."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._commits = 0  # since the last checkpoint
        self._tasks = Tasks("the checkpoints")
        self._running: asyncio.Task[None] | None = None

    def count_commit(self) -> None:
        """Begin a checkpoint if there have been enough commits and none is running."""
        self._commits += 1
        if self._commits >= EVERY and not self._tasks:
            self._commits = 0
            self._running = self._tasks.spawn(self._copy())

    async def finish(self) -> None:
        """Wait for the running one."""
        if self._running is not None:
            await asyncio.wait([self._running])

    async def _copy(self) -> None:
        try:
            await asyncio.to_thread(copy_pages, self._path)
        except sqlite3.Error as error:  # the commits will copy the pages
            log.warning("the write-ahead log could not be copied into the database: %s", error)


def copy_pages(path: Path) -> None:
    """Copy what has been committed so far. Waits for no lock. Raises sqlite3.Error."""
    existing = f"{path.absolute().as_uri()}?mode=rw"
    with closing(sqlite3.connect(existing, uri=True, timeout=0.0)) as connection:
        connection.execute("PRAGMA synchronous = FULL").close()  # the log may be overwritten afterwards
        connection.execute("PRAGMA wal_checkpoint(PASSIVE)").close()
