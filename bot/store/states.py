"""Kept states: a cache on the disk. With SQLite it has a file of its own, which may be thrown away at any time."""

from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from sqlalchemy import ColumnElement, and_, delete, func, select, tuple_, update
from sqlalchemy.engine import URL
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot.store.connection import create_engine, now, reading, sqlite_path, upsert, writing
from bot.store.tables import cache_metadata, states

StateKind = Literal["turn", "prompt"]
Name = tuple[str, str]  # the model's fingerprint, and the digest of the path that the state resumes
Protect = Callable[[Sequence[str]], Awaitable[set[str]]]  # which of the digests are likely to be resumed
ROWS = 400  # of one statement: SQLite limits its variables


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptState:
    """A state on its way to the disk."""

    fingerprint: str
    digest: str
    data: bytes
    kind: StateKind = "turn"


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """What may be kept, and what is kept first."""

    nbytes: int
    running: str  # the running model's fingerprint: another one's states go first
    protect: Protect  # these go last


class StateTable:
    """The table ``states``. Bytes in, bytes out; what they mean is the engine's business."""

    def __init__(self, engine: AsyncEngine) -> None:
        self.engine = engine

    async def load(self, fingerprint: str, digest: str) -> bytes | None:
        """The state to resume a path with, if it is kept."""
        query = select(states.c.data).where(states.c.fingerprint == fingerprint, states.c.digest == digest)
        async with reading(self.engine) as connection:
            return (await connection.execute(query)).scalar_one_or_none()

    async def kept(self, fingerprint: str, digests: Sequence[str]) -> set[str]:
        """Which of the paths have a state of ``fingerprint``."""
        query = select(states.c.digest).where(states.c.fingerprint == fingerprint)
        found: set[str] = set()
        async with reading(self.engine) as connection:
            for start in range(0, len(digests), ROWS):
                part = states.c.digest.in_(digests[start : start + ROWS])
                found.update((await connection.execute(query.where(part))).scalars())
        return found

    async def save(self, given: Sequence[KeptState], budget: Budget, used: Collection[Name] = ()) -> int:
        """Keep states, and note which others were used, in one transaction. Returns how many had to go for them.

        The budget is a bound: it holds after every call, whatever is given; of more than fits the last ones are kept.
        """
        fitting = _fitting(given, budget.nbytes)
        names = {(each.fingerprint, each.digest) for each in fitting}
        going = await self._going(budget, sum(len(each.data) for each in fitting), names, names | set(used))
        moment = now()
        async with writing(self.engine) as connection:
            await _delete(connection, going)
            for each in fitting:
                row = {
                    "fingerprint": each.fingerprint, "digest": each.digest, "kind": each.kind,
                    "nbytes": len(each.data), "used": moment, "data": each.data,
                }  # fmt: skip
                await connection.execute(upsert(connection, states, [row], ["fingerprint", "digest"]))
            for part in _parts(list(used)):
                await connection.execute(update(states).where(_among(part)).values(used=moment))
            going += await _cut(connection, budget.nbytes)
        return len(going)

    async def prune(self, budget: Budget) -> int:
        """Drop what is over the budget. Returns how many states went."""
        return await self.save([], budget)

    async def _going(self, budget: Budget, new: int, given: Collection[Name], used: Collection[Name]) -> list[Name]:
        """What is to go for ``new`` bytes: what was not used for longest, within each of three groups.

        First foreign models' states, then turns that nobody stands near, then the rest.
        """
        if await self.nbytes() + new <= budget.nbytes:
            return []
        async with reading(self.engine) as connection:
            columns = (states.c.fingerprint, states.c.digest, states.c.kind, states.c.nbytes)
            rows = (await connection.execute(select(*columns).order_by(states.c.used))).all()
        excess = sum(row.nbytes for row in rows) + new - budget.nbytes + budget.nbytes // 20  # not each time anew
        own = [row for row in rows if row.fingerprint == budget.running]
        old_turns = [row.digest for row in own if row.kind == "turn" and (row.fingerprint, row.digest) not in used]
        safe = {row.digest for row in own} - set(old_turns)
        for start in range(0, len(old_turns), ROWS):
            safe |= await budget.protect(old_turns[start : start + ROWS])
        order = [row for row in rows if row.fingerprint != budget.running]
        order += [row for row in own if row.digest not in safe] + [row for row in own if row.digest in safe]
        going: list[Name] = []
        for row in order:
            if excess <= 0:
                break
            if (row.fingerprint, row.digest) not in given:
                going.append((row.fingerprint, row.digest))
                excess -= row.nbytes
        return going

    async def drop(self, fingerprint: str, digest: str) -> None:
        """Forget a state (a corrupt one)."""
        where = and_(states.c.fingerprint == fingerprint, states.c.digest == digest)
        async with writing(self.engine) as connection:
            await connection.execute(delete(states).where(where))

    async def nbytes(self) -> int:
        """Bytes that kept states take."""
        async with reading(self.engine) as connection:
            return int((await connection.execute(select(func.coalesce(func.sum(states.c.nbytes), 0)))).scalar_one())


def _fitting(given: Sequence[KeptState], budget: int) -> list[KeptState]:
    fitting: list[KeptState] = []
    for each in reversed(given):
        if len(each.data) <= budget:
            fitting.append(each)
            budget -= len(each.data)
    return fitting[::-1]


def _parts(names: Sequence[Name]) -> list[Sequence[Name]]:
    return [names[start : start + ROWS] for start in range(0, len(names), ROWS)]


def _among(names: Sequence[Name]) -> ColumnElement[bool]:
    return tuple_(states.c.fingerprint, states.c.digest).in_(names)


async def _delete(connection: AsyncConnection, names: Sequence[Name]) -> None:
    for part in _parts(names):
        await connection.execute(delete(states).where(_among(part)))


async def _cut(connection: AsyncConnection, budget: int) -> list[Name]:
    """Drop what was used least lately until the budget holds: another process may have written meanwhile."""
    total = (await connection.execute(select(func.coalesce(func.sum(states.c.nbytes), 0)))).scalar_one()
    going: list[Name] = []
    if total > budget:
        columns = (states.c.fingerprint, states.c.digest, states.c.nbytes)
        for row in (await connection.execute(select(*columns).order_by(states.c.used))).all():
            if total <= budget:
                break
            going.append((row.fingerprint, row.digest))
            total -= row.nbytes
        await _delete(connection, going)
    return going


def states_path(path: Path) -> Path:
    """The states' file beside an SQLite database."""
    return path.with_name(f"{path.stem}-states.db")


@asynccontextmanager
async def opened_states(engine: AsyncEngine) -> AsyncIterator[StateTable]:
    """The states of a database: in a file beside it, or in itself where that is a server."""
    if engine.dialect.name != "sqlite":
        yield StateTable(engine)
        return
    path = sqlite_path(engine.url)
    own = create_engine(URL.create(engine.url.drivername, database=str(states_path(path)) if path else ":memory:"))
    try:
        async with writing(own) as connection:
            await connection.run_sync(cache_metadata.create_all)
        yield StateTable(own)
    finally:
        await own.dispose()
