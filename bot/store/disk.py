"""Free space on the disk that holds the database."""

import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path

from bot.store.database_errors import FULL, READ_ONLY, StoreError

ROOM_TO_TALK = 1 << 20  # bytes that must be free before a new turn starts
PLENTY = 1 << 30  # bytes; with so much free space, the disk is checked only once a second
SECOND = 1.0


class Disk:
    """The disk of an SQLite file. With ``None``, for a database server, all checks pass."""

    def __init__(self, path: Path | None, clock: Callable[[], float] = time.monotonic) -> None:
        self._path = path
        self._clock = clock
        self._plenty = -SECOND  # when there was last PLENTY of space, on a disk that could be written to

    def free(self) -> int:
        """Return the bytes available to unprivileged users."""
        if self._path is None:
            return 1 << 62
        return shutil.disk_usage(self._path.parent).free

    def check(self, spare: Callable[[], int] = lambda: 0) -> None:
        """Raise StoreError if nothing new can be stored, even after freeing ``spare`` bytes."""
        if self._has_plenty():
            return
        if self._is_read_only():
            raise StoreError(READ_ONLY)
        if self.free() < ROOM_TO_TALK and self.free() + spare() < ROOM_TO_TALK:
            raise StoreError(FULL)

    def has(self, nbytes: int) -> bool:
        """Return whether ``nbytes``, at most PLENTY, are free."""
        return self._has_plenty() or self.free() >= nbytes

    def _has_plenty(self) -> bool:
        if self._path is None:
            return True
        now = self._clock()
        if now - self._plenty >= SECOND and self.free() >= PLENTY and not self._is_read_only():
            self._plenty = now
        return now - self._plenty < SECOND

    def _is_read_only(self) -> bool:
        if self._path is None or not hasattr(os, "statvfs"):
            return False
        return bool(os.statvfs(self._path.parent).f_flag & os.ST_RDONLY)
