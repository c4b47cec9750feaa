"""The file of kept states beside an SQLite database: a cache, thrown away when it is damaged or the disk is full."""

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
from bot.store.disk import Disk
from bot.store.tables import cache_metadata
from bot.store.trouble import StoreError

log = logging.getLogger(__name__)

LAYOUT = 1  # of the tables in the file; one of another layout is thrown away
ROOM_TO_KEEP = 64 << 20  # bytes that stay free for words when states are written
ROOM_TO_STAY = 16 << 20  # with less room than this the whole file goes
WORTHWHILE = 256 << 10  # bytes; an empty file has fewer
THROWN_AWAY = "the kept states are thrown away, and made again when they are needed"


def states_path(database: Path) -> Path:
    """Where the states of an SQLite database are."""
    return database.with_name(f"{database.stem}-states.db")


class StateFile:
    """Opens the file, and makes a new one in its place when asked to."""

    def __init__(self, database: URL) -> None:
        path = sqlite_path(database)
        self.path = None if path is None else states_path(path)
        self._url = URL.create(database.drivername, database=":memory:" if self.path is None else str(self.path))
        self._disk = Disk(self.path)
        self._lock = asyncio.Lock()
        self._prepared = False
        self.engine = create_engine(self._url, durable=False)

    @asynccontextmanager
    async def opened(self) -> AsyncIterator["StateFile"]:
        """Make the tables where they are missing; close in the end. What fails here is tried again at every use."""
        try:
            try:
                await self.prepare()
            except (OSError, StoreError) as error:
                log.warning("states cannot be kept now: %s", getattr(error, "reason", error))
            yield self
        finally:
            await dispose(self.engine)

    async def prepare(self) -> AsyncEngine:
        """The engine, with its tables. Raises OSError or StoreError."""
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

    async def renew(self, engine: AsyncEngine, reason: object) -> None:
        """Throw the file away that ``engine`` has open, and begin a new one; once, however many ask."""
        async with self._lock:
            if engine is self.engine:
                log.warning("%s: %s", THROWN_AWAY, reason)
                await self._replace()

    def room_for(self, nbytes: int) -> bool:
        """Whether the disk has room for that much and the words to come."""
        return self._disk.free() > nbytes + ROOM_TO_KEEP

    @property
    def spare(self) -> int:
        """Bytes that would be given back to the disk."""
        size = 0 if self.path is None else file_size(self.path)
        return size if size > WORTHWHILE else 0

    async def make_room(self, *, now: bool = False) -> bool:
        """Give the file's bytes back when the disk is nearly full, or at once. Whether that was done."""
        if not (now or self._disk.free() < ROOM_TO_STAY) or not self.spare:
            return False
        await self.renew(self.engine, "the disk is nearly full")
        return True

    async def damage(self) -> str:
        """What is wrong with the file; "" when all is well. Reads all of it."""
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
        await dispose(self.engine)
        if self.path is not None:
            remove_file(self.path)
        self.engine = create_engine(self._url, durable=False)
        await self._make_tables()


def file_parts(path: Path) -> list[Path]:
    """A file of SQLite's, and what may lie beside it while somebody uses it."""
    return [Path(f"{path}{suffix}") for suffix in ("", "-wal", "-shm")]


def remove_file(path: Path) -> None:
    """Delete all of these."""
    for part in file_parts(path):
        part.unlink(missing_ok=True)


def file_size(path: Path) -> int:
    """Bytes of all of these."""
    return sum(part.stat().st_size for part in file_parts(path) if part.exists())
