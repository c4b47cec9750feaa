"""The states that a replica keeps for its clients, by name: first in memory, then on disk, then evicted.

A state is written to disk when it has been idle for a while, when memory is needed, and on shutdown: most states are
replaced by their channel's next reply before they are worth a write.
"""

import asyncio
import logging
import secrets
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Protocol
from weakref import WeakValueDictionary

from bot.chat.engine import Engine
from bot.engine.types import StateHandle
from bot.errors import ModelError
from bot.tasks import Tasks

log = logging.getLogger(__name__)

MAX_WRITES = 16  # concurrent writes; states evicted from memory beyond that are lost, and have to be read again
MAX_STATES = 1 << 16  # in memory, whatever their size


class StateDisk(Protocol):
    """Stores states beyond those in memory. No method raises: a lost state is read again."""

    async def load(self, name: str) -> bytes | None:
        """Return what was saved under ``name``."""

    async def save(self, name: str, data: bytes) -> None:
        """Save ``data``; older data may be evicted."""

    async def known(self, names: Sequence[str]) -> set[str]:
        """Return the names under which something is saved."""

    async def forget(self, names: Sequence[str]) -> bool:
        """Delete what was saved under these names. Returns whether that succeeded."""


@dataclass(slots=True)
class CachedState:
    """A state in memory."""

    state: StateHandle
    used: float
    unsaved: bool  # has a permanent name, and is not on disk yet


class ReplicaStates:
    """States by name. A name is either the client's (a digest of the text read), or a temporary one assigned here."""

    def __init__(
        self,
        engine: Engine,
        disk: StateDisk | None = None,
        *,
        memory: int,
        idle: float = 300.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """``memory``: bytes of states kept in memory. ``idle``: seconds without use after which a state is written."""
        self._engine = engine
        self._disk = disk
        self._memory = memory
        self._idle = idle
        self._clock = clock
        self._cached: OrderedDict[str, CachedState] = OrderedDict()  # least recently used first
        self._nbytes = 0
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()  # one loads, the others wait
        self._writes = Tasks("the replica's states")

    def __len__(self) -> int:
        return len(self._cached)

    @property
    def nbytes(self) -> int:
        """Size of the states in memory, in bytes."""
        return self._nbytes

    def put(self, state: StateHandle) -> str:
        """Hold a reply's state until it gets a permanent name. Returns a temporary name."""
        name = f"reply_{secrets.token_hex(12)}"
        self._cache(name, CachedState(state, self._clock(), unsaved=False))
        return name

    def take_in(self, data: bytes, state: StateHandle) -> str:
        """Hold a state received as ``data``, named by its hash, so that sending it twice has no effect."""
        name = f"sent_{blake2b(data, digest_size=16).hexdigest()}"
        self._cache(name, CachedState(state, self._clock(), unsaved=False))  # the sender has a copy
        return name

    async def get(self, name: str) -> StateHandle | None:
        """Return the state of that name, or None if it is gone."""
        if (held := self._cached.get(name)) is not None:
            self._cached.move_to_end(name)
            held.used = self._clock()
            return held.state
        if self._disk is None:
            return None
        lock = self._locks.get(name)
        if lock is None:
            lock = self._locks[name] = asyncio.Lock()
        async with lock:
            if (held := self._cached.get(name)) is not None:
                return held.state
            return await self._load(name, self._disk)

    async def rename(self, old: str, new: str) -> bool:
        """Keep the state ``old`` under a permanent name; False if it is gone."""
        held = self._cached.pop(old, None)
        if held is None:
            return False
        self._nbytes -= held.state.nbytes
        self._cache(new, CachedState(held.state, self._clock(), unsaved=self._disk is not None))
        return True

    async def known(self, names: Sequence[str]) -> set[str]:
        """Return the names that refer to a state."""
        found = {name for name in names if name in self._cached}
        rest = [name for name in names if name not in found]
        return found | (await self._disk.known(rest) if rest and self._disk is not None else set())

    async def forget(self, names: Sequence[str]) -> bool:
        """Drop these states from memory and from disk. Returns whether that succeeded."""
        for name in names:
            if (held := self._drop(name)) is not None:
                held.unsaved = False
        if self._disk is None:
            return True
        await self._writes.finish(60.0)  # one of them may be being written
        return await self._disk.forget(names)

    async def write_idle(self) -> None:
        """Write the states that have not been used for a while."""
        await self._write_all(self._clock() - self._idle)

    async def run(self) -> None:
        """Write idle states, forever."""
        while True:
            await asyncio.sleep(self._idle / 4)
            await self.write_idle()

    async def drain(self) -> None:
        """Write everything that has a permanent name; the engine must still be running."""
        await self._write_all(self._clock())
        await self._writes.finish(60.0)

    async def _write_all(self, before: float) -> None:
        due = [(name, held) for name, held in self._cached.items() if held.unsaved and held.used <= before]
        if due:
            await self._writes.spawn(self._write_each(due))

    async def _write_each(self, due: Sequence[tuple[str, CachedState]]) -> None:
        for name, held in due:
            await self._write(name, held)

    def _cache(self, name: str, held: CachedState) -> None:
        self._drop(name)
        self._cached[name] = held
        self._nbytes += held.state.nbytes
        while (self._nbytes > self._memory and len(self._cached) > 1) or len(self._cached) > MAX_STATES:
            oldest, old = next(iter(self._cached.items()))
            self._drop(oldest)
            if old.unsaved and len(self._writes) < MAX_WRITES:
                self._writes.spawn(self._write(oldest, old))

    def _drop(self, name: str) -> CachedState | None:
        if (old := self._cached.pop(name, None)) is not None:
            self._nbytes -= old.state.nbytes
        return old

    async def _load(self, name: str, disk: StateDisk) -> StateHandle | None:
        data = await disk.load(name)
        if data is None:
            return None
        try:
            state = await self._engine.import_state(data)
        except ModelError as error:
            log.warning("a kept state is not used: %s", error)
            await disk.forget([name])
            return None
        self._cache(name, CachedState(state, self._clock(), unsaved=False))
        return state

    async def _write(self, name: str, held: CachedState) -> None:
        if self._disk is None or not held.unsaved:
            return
        held.unsaved = False
        try:
            await self._disk.save(name, await self._engine.export_state(held.state))
        except Exception:  # the others are written all the same
            log.exception("a state could not be written; it will be read again when it is needed")
