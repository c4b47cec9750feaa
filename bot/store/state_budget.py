"""The budget for stored states, and the order in which they are evicted."""

from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import ColumnElement, delete, func, select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot.store.connection import reading
from bot.store.tables import states

StateKind = Literal["turn", "prompt"]
Name = tuple[str, str]  # the model's fingerprint, and the digest of the path that the state resumes
Protect = Callable[[Sequence[str]], Awaitable[set[str]]]  # returns the digests that are likely to be resumed
ROWS = 400  # per statement: SQLite limits the number of variables
TOTAL = select(func.coalesce(func.sum(states.c.nbytes), 0))


@dataclass(frozen=True, slots=True, kw_only=True)
class SerializedState:
    """A state on its way to disk."""

    fingerprint: str
    digest: str
    data: bytes
    kind: StateKind = "turn"

    @property
    def name(self) -> Name:
        """The key it is found by."""
        return self.fingerprint, self.digest


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """How much may be stored, and what is evicted last."""

    nbytes: int
    running: str  # fingerprint of the running model; other models' states are evicted first
    protect: Protect  # these are evicted last

    def fitting(self, given: Sequence[SerializedState]) -> list[SerializedState]:
        """Return the states that fit into the budget, preferring the last ones."""
        room, fitting = self.nbytes, []
        for each in reversed(given):
            if len(each.data) <= room:
                fitting.append(each)
                room -= len(each.data)
        return fitting[::-1]

    async def going(self, engine: AsyncEngine, given: Sequence[SerializedState], used: Collection[Name]) -> list[Name]:
        """Return what to evict for ``given``: the least recently used first, within each of three groups.

        First other models' states, then turns far from any HEAD, then the rest.
        """
        new, names = sum(len(each.data) for each in given), {each.name for each in given}
        async with reading(engine) as connection:
            if (await connection.execute(TOTAL)).scalar_one() + new <= self.nbytes:
                return []
            columns = (states.c.fingerprint, states.c.digest, states.c.kind, states.c.nbytes)
            rows = (await connection.execute(select(*columns).order_by(states.c.used))).all()
        # a margin, so that pruning is rare
        excess = sum(row.nbytes for row in rows) + new - self.nbytes + self.nbytes // 20
        own = [row for row in rows if row.fingerprint == self.running]
        turns = [row.digest for row in own if row.kind == "turn" and (row.fingerprint, row.digest) not in used]
        safe = {row.digest for row in own} - set(turns)
        for start in range(0, len(turns), ROWS):
            safe |= await self.protect(turns[start : start + ROWS])
        order = [row for row in rows if row.fingerprint != self.running]
        order += [row for row in own if row.digest not in safe] + [row for row in own if row.digest in safe]
        going: list[Name] = []
        for row in order:
            if excess <= 0:
                break
            if (row.fingerprint, row.digest) not in names:
                going.append((row.fingerprint, row.digest))
                excess -= row.nbytes
        return going


async def cut(connection: AsyncConnection, nbytes: int) -> list[Name]:
    """Delete the least recently used states beyond ``nbytes``: another process may have written meanwhile."""
    total = (await connection.execute(TOTAL)).scalar_one()
    going: list[Name] = []
    if total > nbytes:
        columns = (states.c.fingerprint, states.c.digest, states.c.nbytes)
        for row in (await connection.execute(select(*columns).order_by(states.c.used))).all():
            if total <= nbytes:
                break
            going.append((row.fingerprint, row.digest))
            total -= row.nbytes
        await delete_states(connection, going)
    return going


async def delete_states(connection: AsyncConnection, names: Sequence[Name]) -> None:
    """Delete states, within the caller's transaction."""
    for part in parts(names):
        await connection.execute(delete(states).where(among(part)))


def parts(names: Sequence[Name]) -> list[Sequence[Name]]:
    """Split ``names`` into pieces, for one statement each."""
    return [names[start : start + ROWS] for start in range(0, len(names), ROWS)]


def among(names: Sequence[Name]) -> ColumnElement[bool]:
    """Return the condition for the rows of ``names``."""
    return tuple_(states.c.fingerprint, states.c.digest).in_(names)
