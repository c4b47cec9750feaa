"""Free space on the disk that holds the database."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

from bot.store.database_errors import FULL, READ_ONLY, StoreError

ROOM_TO_TALK = 1 << 20  # bytes that must be free before a new turn starts


class Disk:
    """The disk of an SQLite file. With ``None``, for a database server, all checks pass."""

    def __init__(self, path: Path | None) -> None:
        self._path = path

    def free(self) -> int:
        """Return the bytes available to unprivileged users."""
        if self._path is None:
            return 1 << 62
        return shutil.disk_usage(self._path.parent).free

    def check(self, spare: Callable[[], int] = lambda: 0) -> None:
        """Raise StoreError if nothing new can be stored, even after freeing ``spare`` bytes."""
        if self._path is None:
            return
        if hasattr(os, "statvfs") and os.statvfs(self._path.parent).f_flag & os.ST_RDONLY:
            raise StoreError(READ_ONLY)
        if self.free() < ROOM_TO_TALK and self.free() + spare() < ROOM_TO_TALK:
            raise StoreError(FULL)
