"""Stand-ins for time, model and disk in the simulation of `tools.scale`."""

from collections.abc import AsyncIterator, Sequence
from pathlib import Path

from bot.engine.types import Chunk, Coder, EngineInfo, EngineStatus, Request, StateHandle


class VirtualClock:
    """Simulated seconds."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


class Disks:
    """Counts how much was written to all disks."""

    def __init__(self) -> None:
        self.nbytes = 0

    def one(self, size: int) -> "Disk":
        return Disk(self, size)


class Disk:
    """A disk that only remembers which states it has."""

    def __init__(self, disks: Disks, size: int) -> None:
        self._disks = disks
        self._size = size
        self._kept: set[str] = set()

    async def load(self, name: str) -> bytes | None:
        return b"" if name in self._kept else None

    async def save(self, name: str, data: bytes) -> None:
        self._kept.add(name)
        self._disks.nbytes += self._size

    async def known(self, names: Sequence[str]) -> set[str]:
        return self._kept.intersection(names)

    async def forget(self, names: Sequence[str]) -> bool:
        self._kept.difference_update(names)
        return True


class StubEngine:
    """An engine whose states have a size but no content."""

    def __init__(self, size: int) -> None:
        self._size = size

    @property
    def info(self) -> EngineInfo:
        raise NotImplementedError

    @property
    def coder(self) -> Coder:
        raise NotImplementedError

    def stream(self, request: Request) -> AsyncIterator[Chunk]:
        raise NotImplementedError

    async def cancel(self, channel: str) -> int:
        raise NotImplementedError

    async def export_state(self, state: StateHandle) -> bytes:
        return b""

    async def import_state(self, data: bytes) -> StateHandle:
        return StateHandle(None, self._size)

    async def tuned_state(self, path: Path) -> StateHandle:
        raise NotImplementedError

    def status(self) -> EngineStatus:
        raise NotImplementedError

    async def start(self) -> None:
        raise NotImplementedError

    async def close(self) -> None:
        raise NotImplementedError
