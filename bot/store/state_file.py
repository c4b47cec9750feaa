"""The file of stored states next to an SQLite database. It is a cache, deleted if damaged or if the disk is full."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.store.connection import create_engine, dispose, reading, sqlite_path, writing
from bot.store.database_errors import StoreError
from bot.store.disk import Disk
from bot.store.tables import cache_metadata

log = logging.getLogger(__name__)

LAYOUT = 1  # version of the tables; a file with another version is deleted
ROOM_TO_KEEP = 64 << 20  # bytes that must stay free for words when states are written
ROOM_TO_STAY = 16 << 20  # with less free space than this, the whole file is deleted
WORTHWHILE = 256 << 10  # bytes; an empty file is smaller
THROWN_AWAY = "the kept states are thrown away, and made again when they are needed"


def states_path(database: Path) -> Path:
    """Return the path of an SQLite database's states."""
    return database.with_name(f"{database.stem}-states.db")


class StateFile:
    """Opens the file, and replaces it with a new one when asked to."""

    def __init__(self, database: URL) -> None:
        path = sqlite_path(database)
        self.path = None if path is None else states_path(path)
        self._url = URL.create(database.drivername, database=":memory:" if self.path is None else str(self.path))
        self._disk = Disk(self.path)
        self._lock = asyncio.Lock()
        self._prepared = False
        self._users = 0  # calls of ``acquire`` without ``release``
        self._unused = asyncio.Event()
        self._unused.set()
        self.engine = create_engine(self._url, durable=False)

    @asynccontextmanager
    async def opened(self) -> AsyncIterator["StateFile"]:
        """Create missing tables; close the file at the end. If this fails, every use tries again."""
        try:
            try:
                await self.prepare()
            except (OSError, StoreError) as error:
                log.warning("states cannot be kept now: %s", getattr(error, "reason", error))
            yield self
        finally:
            await dispose(self.engine)

    async def prepare(self) -> AsyncEngine:
        """Return the engine, with its tables created. Raises OSError or StoreError."""
        async with self._lock:
            if not self._prepared:
                try:
                    await self._make_tables()
                except StoreError as error:
                    if self.path is None or not error.is_damage:
                        raise
                    log.warning("%s: %s", THROWN_AWAY, error.reason)
                    await self._replace()
        return self.engine

    async def acquire(self) -> AsyncEngine:
        """Return the engine like ``prepare``. The file is not replaced before ``release``."""
        engine = await self.prepare()
        self._users += 1
        self._unused.clear()
        return engine

    def release(self) -> None:
        """End the use of the engine that ``acquire`` returned."""
        self._users -= 1
        if not self._users:
            self._unused.set()

    async def renew(self, engine: AsyncEngine, reason: object) -> None:
        """Replace the file that ``engine`` has open with a new one. Concurrent calls replace it only once."""
        async with self._lock:
            if engine is self.engine:
                log.warning("%s: %s", THROWN_AWAY, reason)
                await self._replace()

    def room_for(self, nbytes: int) -> bool:
        """Return whether the disk has space for ``nbytes`` and for the turns to come."""
        return self._disk.free() > nbytes + ROOM_TO_KEEP

    @property
    def spare(self) -> int:
        """Bytes that deleting the file would free."""
        size = 0 if self.path is None else file_size(self.path)
        return size if size > WORTHWHILE else 0

    async def make_room(self, *, now: bool = False) -> bool:
        """Delete the file's contents if the disk is nearly full, or ``now``. Returns whether that was done."""
        if not (now or not self._disk.has(ROOM_TO_STAY)) or not self.spare:
            return False
        await self.renew(self.engine, "the disk is nearly full")
        return True

    async def damage(self) -> str:
        """Return what is wrong with the file; "" if nothing is. Reads all of it."""
        try:
            async with reading(self.engine) as connection:
                found = (await connection.execute(text("PRAGMA integrity_check(1)"))).scalar_one()
        except (DBAPIError, StoreError) as error:
            found = getattr(error, "reason", error)
        return "" if found == "ok" else str(found).splitlines()[-1]

    async def _make_tables(self) -> None:
        async with writing(self.engine) as connection:
            layout = (await connection.execute(text("PRAGMA user_version"))).scalar_one()
            if layout not in (0, LAYOUT):
                await connection.run_sync(cache_metadata.drop_all)
            await connection.run_sync(cache_metadata.create_all)
            await connection.execute(text(f"PRAGMA user_version = {LAYOUT}"))
        self._prepared = True

    async def _replace(self) -> None:
        self._prepared = False
        await self._unused.wait()  # SQLite would delete the new file's journal when it closes the old, deleted file
        await dispose(self.engine)
        if self.path is not None:
            remove_file(self.path)
        self.engine = create_engine(self._url, durable=False)
        await self._make_tables()


def file_parts(path: Path) -> list[Path]:
    """Return an SQLite file and its companion files, which exist while it is in use."""
    return [Path(f"{path}{suffix}") for suffix in ("", "-wal", "-shm")]


def remove_file(path: Path) -> None:
    """Delete an SQLite file with its companion files."""
    for part in file_parts(path):
        part.unlink(missing_ok=True)


def file_size(path: Path) -> int:
    """Return the total size of an SQLite file and its companion files."""
    return sum(part.stat().st_size for part in file_parts(path) if part.exists())
