"""Locks a database for one process or several, or exclusively."""

import asyncio
import logging
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import IO

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.errors import Busy
from bot.store.connection import reading

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

log = logging.getLogger(__name__)

SHARED = (
    "Another Roost uses %s too. That is fine where each has channels of its own (shards); two that answer in the same"
    " channels make two branches of every conversation. Give them folders of their own with --data."
)

OTHERS = text(
    "SELECT count(*) FROM pg_stat_activity"
    " WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
)


@contextmanager
def sharing(path: Path | None, *, brief: bool = False) -> Iterator[bool]:
    """Hold a shared lock on the database while the block runs. Yields whether no other process holds one.

    If one does, a warning is logged, unless this is a ``brief`` command run beside the bot. Raises Busy if a process
    has the database exclusively.
    """
    with _opened(path) as file:
        if file is None:
            yield True
            return
        alone = _take(file, fcntl.LOCK_EX)
        if not _take(file, fcntl.LOCK_SH):
            raise Busy("The database {path} is being restored. Try again when that is done.", path=path)
        if not alone and not brief:
            log.warning(SHARED, path)
        yield alone


@contextmanager
def locked(path: Path | None) -> Iterator[None]:
    """Hold an SQLite database exclusively. Raises Busy if it is in use."""
    with _opened(path) as file:
        if file is not None and not _take(file, fcntl.LOCK_EX):
            raise Busy("Roost is running on {path}. Stop it first.", path=path)
        yield


@contextmanager
def only_holder(path: Path | None, work: str) -> Iterator[bool]:
    """Yield whether this process holds the lock for ``work`` on an SQLite database. Never waits."""
    with _opened(path, f".{work}.lock") as file:
        yield file is None or _take(file, fcntl.LOCK_EX)


@asynccontextmanager
async def migrating_alone(path: Path | None) -> AsyncIterator[None]:
    """Let one process at a time create or migrate an SQLite database; the others wait, however long it takes."""
    with _opened(path, ".migration.lock") as file:
        told = False
        while file is not None and not _take(file, fcntl.LOCK_EX):
            if not told:
                log.info("another Roost is bringing the database up to date; waiting for it")
                told = True
            await asyncio.sleep(0.1)
        yield


async def check_alone(engine: AsyncEngine) -> None:
    """Raise Busy if other programs are connected to a PostgreSQL database."""
    if engine.dialect.name != "postgresql":
        return
    async with reading(engine) as connection:
        if others := (await connection.execute(OTHERS)).scalar_one():
            message = "{count} other programs are connected to the database. Stop Roost first, everywhere."
            raise Busy(message, count=others)


@contextmanager
def _opened(path: Path | None, suffix: str = ".lock") -> Iterator[IO[bytes] | None]:
    if path is None or fcntl is None:
        yield None
        return
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        file = path.with_name(path.name + suffix).open("ab")
    except OSError:  # a read-only disk: other processes cannot write there either
        yield None
        return
    with file:
        yield file


def _take(file: IO[bytes], kind: int) -> bool:
    try:
        fcntl.flock(file, kind | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
