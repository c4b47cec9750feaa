"""Counts for rate limits that several processes share, so that nobody's limit grows with their number.

On PostgreSQL the tables are unlogged: no commit waits for the disk, and a crash of the server forgets the counts.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b

from sqlalchemy import Column, ColumnElement, Select, and_, delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot.store.connection import is_sqlite, writing
from bot.store.database_clock import database_seconds
from bot.store.statements import insert_new, put
from bot.store.tables import rate_counts, rate_slots

MINUTE = 60.0  # seconds
SLOT_LIFE = 9.0  # seconds that a slot is held without renewal; a dead process's replies are taken over later than that
MAX_NAME_LENGTH = 255  # characters

Counts = list[tuple[int, int]]  # (second, events in it), oldest first
Slots = Mapping[str, tuple[int, int]]  # name -> (slots that this process holds, the limit over all processes)


@dataclass(frozen=True, slots=True, kw_only=True)
class Admission:
    """Whether a request was counted; if not, why."""

    rate: str = ""  # the name whose events per minute are used up
    slot: str = ""  # the name that has too many replies at once
    ages: Sequence[tuple[float, int]] = field(default=())  # the events of ``rate``: (seconds ago, number)

    @property
    def granted(self) -> bool:
        return not self.rate and not self.slot


class RateTable:
    """The tables ``rate_counts`` and ``rate_slots``."""

    def __init__(
        self, engine: AsyncEngine, *, clock: Callable[[AsyncConnection], Awaitable[float]] = database_seconds
    ) -> None:
        self._engine = engine
        self._clock = clock

    async def admit(self, process: str, cost: int, rates: Mapping[str, int], slots: Slots) -> Admission:
        """Count ``cost`` events for every name of ``rates`` and hold ``slots`` for ``process``: all or nothing.

        ``rates`` are limits per minute, by name. Names are locked in order, so that processes cannot block each other.
        """
        names = sorted({*rates, *slots})
        async with writing(self._engine, quick=True) as connection:
            found = await self._locked(connection, names)
            now = await self._clock(connection)
            recent = {name: _recent(found.get(name), now) for name in rates}
            for name, most in rates.items():
                if sum(number for _, number in recent[name]) >= most:
                    ages = [(max(0.0, now - second), number) for second, number in recent[name]]
                    return Admission(rate=name, ages=ages)
            for name, (own, most) in slots.items():
                others = await self._others(connection, name, process, now)
                if others and others + own > most:
                    return Admission(slot=name)
            rows = [_row(name, [*recent.get(name, []), (int(now), cost)], now) for name in names]
            await put(connection, rate_counts, rows, ["name"])
            held = {"process": process, "answers": cost, "until": now + SLOT_LIFE}
            if taken := [{"name": _key(name), **held} for name in sorted(slots)]:
                await put(connection, rate_slots, taken, ["name", "process"], add=["answers"])
        return Admission()

    async def release(self, process: str, cost: int, names: Sequence[str]) -> None:
        """Release ``cost`` slots of ``process`` for each of ``names``."""
        async with writing(self._engine, quick=True) as connection:
            for key in sorted(map(_key, names)):
                own = (rate_slots.c.name == key, rate_slots.c.process == process)
                fewer = update(rate_slots).where(*own).values(answers=rate_slots.c.answers - cost)
                await connection.execute(fewer)
                await connection.execute(delete(rate_slots).where(*own, rate_slots.c.answers <= 0))

    async def renew(self, process: str, names: Sequence[str]) -> None:
        """Renew the slots of ``process`` for ``names``. Its others expire: their release has failed."""
        async with writing(self._engine, quick=True) as connection:
            until = await self._clock(connection) + SLOT_LIFE
            mine = and_(rate_slots.c.process == process, rate_slots.c.name.in_(list(map(_key, names))))
            free = rate_slots.c.name.in_(_unlocked(rate_slots.c.name, mine))
            await connection.execute(update(rate_slots).where(mine, free).values(until=until))

    async def prune(self) -> None:
        """Delete expired counts and slots."""
        async with writing(self._engine) as connection:
            now = await self._clock(connection)
            old = rate_counts.c.touched < now - MINUTE
            await connection.execute(
                delete(rate_counts).where(old, rate_counts.c.name.in_(_unlocked(rate_counts.c.name, old)))
            )
            expired = rate_slots.c.until < now
            await connection.execute(
                delete(rate_slots).where(expired, rate_slots.c.name.in_(_unlocked(rate_slots.c.name, expired)))
            )

    async def _locked(self, connection: AsyncConnection, names: Sequence[str]) -> dict[str, object]:
        """Lock the rows of ``names``, also those that do not exist yet, and return their counts."""
        keys = {_key(name): name for name in names}
        if not is_sqlite(self._engine) and keys:  # on SQLite, there is only one writer at a time
            new = [{"name": key, "counts": [], "touched": 0.0} for key in sorted(keys)]
            await connection.execute(insert_new(connection, rate_counts), new)
        query = select(rate_counts.c.name, rate_counts.c.counts).where(rate_counts.c.name.in_(list(keys)))
        rows = await connection.execute(query.order_by(rate_counts.c.name).with_for_update())
        return {keys[row.name]: row.counts for row in rows}

    async def _others(self, connection: AsyncConnection, name: str, process: str, now: float) -> int:
        """Return the slots of ``name`` that living processes other than ``process`` hold."""
        mine = (rate_slots.c.name == _key(name), rate_slots.c.process != process, rate_slots.c.until > now)
        query = select(func.coalesce(func.sum(rate_slots.c.answers), 0)).where(*mine)
        return int((await connection.execute(query)).scalar_one())


def _unlocked(column: Column[str], condition: ColumnElement[bool]) -> Select[str]:
    """Lock rows, except those that another transaction has locked: waiting for them could block both."""
    return select(column).where(condition).with_for_update(skip_locked=True)


def _row(name: str, counts: Counts, now: float) -> dict[str, object]:
    """Return the row to store: one entry per second, so that it stays small whatever the limit."""
    merged: dict[int, int] = {}
    for second, number in counts:
        merged[second] = merged.get(second, 0) + number
    return {"name": _key(name), "counts": sorted(merged.items()), "touched": now}


def _recent(found: object, now: float) -> Counts:
    """Return the counts of the last minute. Unreadable entries are ignored."""
    counts: Counts = []
    for entry in found if isinstance(found, list) else ():
        match entry:
            case [int(second), int(number)] if now - MINUTE < second <= now + 1:
                counts.append((second, number))
    return counts


def _key(name: str) -> str:
    if len(name) <= MAX_NAME_LENGTH:
        return name
    return blake2b(name.encode(), digest_size=32).hexdigest()
