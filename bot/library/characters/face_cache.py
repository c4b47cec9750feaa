"""Small pictures of the cards in a folder, kept in the data folder: a card's own may take a second to decode."""

import hashlib
import logging
import os
from collections.abc import Callable
from pathlib import Path

from bot.library.cards.pictures import FACE

log = logging.getLogger(__name__)

MOST = 4_000  # files, of some 30 kB each
PRUNED = 400  # that go at once
Stamp = tuple[int, int]  # time of change in nanoseconds, bytes


class FaceCache:
    """By path and time of change. An empty file stands for a card without a picture. Blocks."""

    def __init__(self, folder: Path, most: int = MOST) -> None:
        self._folder = folder
        self._most = most
        self._count: int | None = None  # of files; counted when the first one is written

    def get(self, path: Path, stamp: Stamp, make: Callable[[Path], bytes | None]) -> bytes | None:
        """The picture that is kept, or the one that ``make`` gives, which then is."""
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
        """The files that were written first go."""
        files = sorted(self._folder.iterdir(), key=lambda file: file.stat().st_mtime_ns)
        for file in files[: min(PRUNED, max(1, self._most // 2))]:
            file.unlink(missing_ok=True)
        self._count = sum(1 for _ in self._folder.iterdir())
