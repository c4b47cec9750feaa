"""Cache of small card pictures in the data folder, since decoding a card's own may take a second."""

import hashlib
import logging
import os
from collections.abc import Callable
from pathlib import Path

from bot.library.cards.pictures import FACE

log = logging.getLogger(__name__)

MAX_FILES = 4_000  # files, of about 30 kB each
PRUNED = 400  # files evicted at once
Stamp = tuple[int, int]  # modification time in nanoseconds, size in bytes


class AvatarCache:
    """Caches by path and stamp. An empty file marks a card without a picture. Blocks."""

    def __init__(self, folder: Path, most: int = MAX_FILES) -> None:
        self._folder = folder
        self._most = most
        self._count: int | None = None  # of files; counted before the first write

    def get(self, path: Path, stamp: Stamp, make: Callable[[Path], bytes | None]) -> bytes | None:
        """Return the cached picture, or call ``make`` and cache its result."""
        name = hashlib.sha256(f"{path}\n{stamp}\n{FACE}".encode()).hexdigest()[:32]
        kept = self._folder / f"{name}.png"
        try:
            return kept.read_bytes() or None
        except OSError:
            picture = make(path)
        try:
            self._keep(kept, picture or b"")
        except OSError as error:
            log.warning("a small picture cannot be kept: %s", error)
        return picture

    def _keep(self, kept: Path, data: bytes) -> None:
        if self._count is None:
            self._folder.mkdir(parents=True, exist_ok=True)
            self._count = sum(1 for _ in self._folder.iterdir())
        if self._count >= self._most:
            self._prune()
        fresh = kept.with_suffix(".new")
        fresh.write_bytes(data)
        os.replace(fresh, kept)  # noqa: PTH105  # Path.replace is the same call
        self._count += 1

    def _prune(self) -> None:
        """Evict the oldest files."""
        files = sorted(self._folder.iterdir(), key=lambda file: file.stat().st_mtime_ns)
        for file in files[: min(PRUNED, max(1, self._most // 2))]:
            file.unlink(missing_ok=True)
        self._count = sum(1 for _ in self._folder.iterdir())
