"""The file of kept states beside an SQLite database: a cache, thrown away when it is damaged or the disk is full."""

import asyncio
import logging
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.engine import URL
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.store.connection import create_engine, sqlite_path, writing
from bot.store.tables import cache_metadata
from bot.store.trouble import StoreError

log = logging.getLogger(__name__)

LAYOUT = 1  # of the tables in the file; one of another layout is thrown away
ROOM_TO_KEEP = 64 << 20  # bytes that stay free for words when states are written
ROOM_TO_STAY = 16 << 20  # with less room than this the whole file goes
WORTHWHILE = 256 << 10  # bytes; an empty file has fewer


class StateFile:
    """Opens the file, and makes a new one in its place when asked to."""

    def __init__(self, database: URL) -> None:
        path = sqlite_path(database)
        self.path = None if path is None else path.with_name(f"{path.stem}-states.db")
        self._url = URL.create(database.drivername, database=":memory:" if self.path is None else str(self.path))
        self._lock = asyncio.Lock()
        self.engine = create_engine(self._url, durable=False)

    @asynccontextmanager
    async def opened(self) -> AsyncIterator["StateFile"]:
        """Make the tables where they are missing; close in the end."""
        try:
            await self._prepare()
            yield self
        finally:
            await self.engine.dispose()

    async def renew(self, engine: AsyncEngine, reason: object) -> None:
        """Throw the file away that ``engine`` has open, and begin a new one; once, however many ask."""
        async with self._lock:
            if engine is not self.engine:
                return
            log.warning("the kept states are thrown away, and made again when they are needed: %s", reason)
            await self._replace()

    def room_for(self, nbytes: int) -> bool:
        """Whether the disk has room for that much and the words to come."""
        return self.path is None or _free(self.path) > nbytes + ROOM_TO_KEEP

    async def make_room(self) -> None:
        """Give the file's bytes back when the disk is nearly full."""
        if self.path is not None and _free(self.path) < ROOM_TO_STAY and _size(self.path) > WORTHWHILE:
            await self.renew(self.engine, "the disk is nearly full")

    async def _prepare(self) -> None:
        try:
            await self._make_tables()
        except StoreError as error:  # damaged, most likely
            if self.path is None:
                raise
            log.warning("the kept states are thrown away, and made again when they are needed: %s", error.__cause__)
            await self._replace()

    async def _make_tables(self) -> None:
        async with writing(self.engine) as connection:
            layout = (await connection.execute(text("PRAGMA user_version"))).scalar_one()
            if layout not in (0, LAYOUT):
                await connection.run_sync(cache_metadata.drop_all)
            await connection.run_sync(cache_metadata.create_all)
            await connection.execute(text(f"PRAGMA user_version = {LAYOUT}"))

    async def _replace(self) -> None:
        await self.engine.dispose()
        if self.path is not None:
            _remove(self.path)
        self.engine = create_engine(self._url, durable=False)
        await self._make_tables()


def _parts(path: Path) -> list[Path]:
    return [Path(f"{path}{suffix}") for suffix in ("", "-wal", "-shm")]


def _remove(path: Path) -> None:
    for part in _parts(path):
        part.unlink(missing_ok=True)


def _free(path: Path) -> int:
    return shutil.disk_usage(path.parent).free


def _size(path: Path) -> int:
    return sum(part.stat().st_size for part in _parts(path) if part.exists())
