"""The disk that a database lies on: whether there is room for what will be said."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

from bot.store.trouble import FULL, READ_ONLY, StoreError

ROOM_TO_TALK = 1 << 20  # bytes that must be free before anything new is begun


class Disk:
    """The disk of an SQLite file; ``None`` for a server's, which looks after its own."""

    def __init__(self, path: Path | None) -> None:
        self._path = path

    def free(self) -> int:
        """Bytes for everybody but the system."""
        if self._path is None:
            return 1 << 62
        return shutil.disk_usage(self._path.parent).free

    def check(self, spare: Callable[[], int] = lambda: 0) -> None:
        """Raise StoreError when nothing new can be kept, though ``spare`` bytes could be given back."""
        if self._path is None:
            return
        if hasattr(os, "statvfs") and os.statvfs(self._path.parent).f_flag & os.ST_RDONLY:
            raise StoreError(READ_ONLY)
        if self.free() < ROOM_TO_TALK and self.free() + spare() < ROOM_TO_TALK:
            raise StoreError(FULL)
