"""Backups of the database, made while the bot runs."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from bot.errors import Busy, InvalidOption

MAX_BACKUPS = 10  # per folder


@dataclass(frozen=True, slots=True)
class Backup:
    """A copy of the database."""

    path: Path
    nbytes: int


class Backups:
    """Makes backups in one folder, one at a time."""

    def __init__(self, copy: Callable[[Path], Awaitable[int]], folder: Path) -> None:
        """Set up the folder. ``copy`` writes a copy of the database to a file and returns its size in bytes."""
        self._copy = copy
        self._folder = folder
        self._making = asyncio.Lock()

    async def make(self) -> Backup:
        """Copy the database. Raises Busy while another copy is being made, InvalidOption if there are too many."""
        if self._making.locked():
            raise Busy("A backup is already being made.")
        async with self._making:
            if len(await asyncio.to_thread(self.all)) >= MAX_BACKUPS:
                message = "There are {count} backups in {folder}, which is the limit. Delete one first."
                raise InvalidOption(message, count=MAX_BACKUPS, folder=self._folder)
            name = datetime.now(UTC).strftime("roost-%Y%m%d-%H%M%S-%f.db")
            path = self._folder / name
            return Backup(path, await self._copy(path))

    def all(self) -> list[Backup]:
        """Return the existing backups, newest first."""
        paths = sorted(self._folder.glob("roost-*.db"), reverse=True) if self._folder.is_dir() else []
        return [Backup(path, path.stat().st_size) for path in paths]
