"""Shard leases: processes that run the same bot share its shards and take over those of dead processes.

All processes update one database row. Each judges the others alive by their changing heartbeat counters and its
own monotonic clock, so nothing depends on synchronised clocks.
"""

import asyncio
import secrets
import time
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Protocol, TypeVar

from bot.platforms.line.recovery import KeyValues

BEAT = 3.0  # seconds between heartbeats
SILENT = 10.0  # seconds without a heartbeat after which a process is considered dead
FENCE = 8.0  # seconds without the database after which a process gives up its own shards
GRACE = 1.0  # seconds that the database has at least to answer
PATIENCE = 60.0  # seconds that it has while this process has no shards: its connection may be dead
SCOPE = "discord"
T = TypeVar("T")


class Unanswered(TimeoutError):  # noqa: N818  # named for what happened
    """The database has not answered in time."""


class LeaseValues(KeyValues, Protocol):
    """The store's key-value table, with transactional updates."""

    async def update(self, scope: str, key: str, change: Callable[[object], object]) -> object:
        """Set ``change(value)`` in one transaction; None deletes the key."""

    async def seconds(self) -> float:
        """Return the time by the database's clock."""


@dataclass(slots=True)
class LeaseTable:
    """The row: live processes and the owners of shards."""

    beats: dict[str, int] = field(default_factory=dict)  # process -> heartbeat counter
    owners: dict[int, str] = field(default_factory=dict)  # shard -> process
    heard: dict[int, str] = field(default_factory=dict)  # shard -> time up to which nothing was missed

    @classmethod
    def read(cls, value: object, count: int) -> "LeaseTable":
        """Parse the row. Returns an empty table if it is malformed."""
        table = cls()
        if not isinstance(value, Mapping):
            return table
        beats, shards = value.get("beats"), value.get("shards")
        if isinstance(beats, Mapping):
            table.beats = {str(name): beat for name, beat in beats.items() if isinstance(beat, int)}
        for name, entry in shards.items() if isinstance(shards, Mapping) else ():
            if name.isdecimal() and int(name) < count and isinstance(entry, Mapping):
                if isinstance(owner := entry.get("owner"), str):
                    table.owners[int(name)] = owner
                if isinstance(heard := entry.get("heard"), str):
                    table.heard[int(name)] = heard
        return table

    def value(self) -> dict[str, object]:
        """Return the row to store."""
        known = sorted({*self.owners, *self.heard})
        shards = {str(shard): {"owner": self.owners.get(shard), "heard": self.heard.get(shard)} for shard in known}
        return {"beats": self.beats, "shards": shards}

    def of(self, process: str) -> frozenset[int]:
        """Return the shards of ``process``."""
        return frozenset(shard for shard, owner in self.owners.items() if owner == process)

    def drop(self, process: str) -> None:
        """Remove a dead process and free its shards."""
        self.beats.pop(process, None)
        self.owners = {shard: owner for shard, owner in self.owners.items() if owner != process}

    def share(self, process: str, count: int) -> None:
        """Give ``process`` its share of ``count`` shards: free the excess, or take free ones."""
        self.owners = {shard: owner for shard, owner in self.owners.items() if owner in self.beats}
        mine, most = sorted(self.of(process)), -(-count // len(self.beats))
        for shard in mine[most:]:
            del self.owners[shard]
        free = (shard for shard in range(count) if shard not in self.owners and shard not in mine)
        for shard, _ in zip(free, range(most - len(mine)), strict=False):
            self.owners[shard] = process


class ShardLeases:
    """The shards of one process, out of ``count``."""

    def __init__(self, values: LeaseValues, count: int, *, clock: Callable[[], float] = time.monotonic) -> None:
        self.name = secrets.token_hex(8)
        self.held: frozenset[int] = frozenset()
        self._values = values
        self._count = count
        self._key = f"shards:{count}"
        self._clock = clock
        self._seen: dict[str, tuple[int, float]] = {}  # others' heartbeat counters, and when each last changed
        self._renewed = clock()

    async def renew(self, *, heard: bool) -> str | None:
        """Send a heartbeat and update ``held``. ``heard``: nothing has been missed in the held shards until now.

        Returns the time from which newly held shards may have missed events. Raises the database's errors. After FENCE
        seconds without the database ``held`` is empty, since others will have taken the shards.
        """
        began = self._clock()
        update = self._values.update(SCOPE, self._key, lambda old: self._changed(old, heard=heard))
        left = max(GRACE, FENCE - (began - self._renewed)) if self.held else PATIENCE
        try:
            value = await answered(update, left)
        except Exception as error:
            if isinstance(error, Unanswered) or self._clock() - self._renewed > FENCE:
                self.held = frozenset()
            raise
        self._renewed = began
        table = LeaseTable.read(value, self._count)
        before, self.held = self.held, table.of(self.name)
        return min((table.heard[shard] for shard in self.held - before if shard in table.heard), default=None)

    async def release(self) -> None:
        """Give up all shards, so that others need not wait for the leases to expire."""
        self.held = frozenset()

        def without(old: object) -> object:
            table = LeaseTable.read(old, self._count)
            table.drop(self.name)
            return table.value()

        await self._values.update(SCOPE, self._key, without)

    def _changed(self, old: object, *, heard: bool) -> object:
        table = LeaseTable.read(old, self._count)
        for process in [process for process, beat in table.beats.items() if self._is_silent(process, beat)]:
            table.drop(process)
        table.beats[self.name] = table.beats.get(self.name, 0) + 1
        now = datetime.now(UTC).isoformat()
        if heard:
            table.heard |= dict.fromkeys(self.held & table.of(self.name), now)
        table.share(self.name, self._count)
        for shard in table.of(self.name):
            table.heard.setdefault(shard, now)  # whoever connects it first answers what was said since then
        return table.value()

    def _is_silent(self, process: str, beat: int) -> bool:
        if process == self.name:
            return False
        now, (seen, since) = self._clock(), self._seen.get(process, (None, 0.0))
        if seen != beat:
            self._seen[process] = (beat, now)
            return False
        if now - since < SILENT:
            return False
        del self._seen[process]
        return True


async def answered(request: Coroutine[object, None, T], seconds: float) -> T:
    """Return what the database answers. Raises Unanswered if it does not answer in time: it may never do so."""
    task = asyncio.ensure_future(request)
    try:
        await asyncio.wait([task], timeout=seconds)
        if task.done():
            return task.result()
    finally:
        if not task.done():
            task.add_done_callback(lambda ended: ended.cancelled() or ended.exception())
            task.cancel()  # not awaited: a connection that hangs may take minutes to close
    raise Unanswered("the database does not answer")
