"""Stored states: a cache on disk. With SQLite it has its own file, which may be deleted at any time."""

import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Sequence
from contextlib import asynccontextmanager
from typing import TypeVar

from sqlalchemy import delete, select, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.store.connection import now, reading, writing
from bot.store.database_errors import MINUTE, StoreError
from bot.store.state_budget import ROWS, TOTAL, Budget, Name, SerializedState, among, cut, delete_states, parts
from bot.store.state_file import StateFile
from bot.store.statements import put
from bot.store.tables import states

T = TypeVar("T")

log = logging.getLogger(__name__)


class StateTable:
    """The table ``states``, as opaque bytes.

    A failing cache costs time and nothing else: no method raises; a failure is logged and looks like an empty table.
    """

    def __init__(self, engine: AsyncEngine, file: StateFile | None = None) -> None:
        self._server = engine
        self._file = file  # with SQLite only
        self._reported = -MINUTE  # time of the last warning

    async def load(self, fingerprint: str, digest: str) -> bytes | None:
        """Return the state that resumes a path, if it is stored."""
        query = select(states.c.data).where(states.c.fingerprint == fingerprint, states.c.digest == digest)

        async def work(engine: AsyncEngine) -> bytes | None:
            async with reading(engine) as connection:
                return (await connection.execute(query)).scalar_one_or_none()

        return await self._attempt(work, None)

    async def kept(self, fingerprint: str, digests: Sequence[str]) -> set[str]:
        """Return which of the paths have a state of ``fingerprint``."""
        query = select(states.c.digest).where(states.c.fingerprint == fingerprint)

        async def work(engine: AsyncEngine) -> set[str]:
            found: set[str] = set()
            async with reading(engine) as connection:
                for start in range(0, len(digests), ROWS):
                    part = states.c.digest.in_(digests[start : start + ROWS])
                    found.update((await connection.execute(query.where(part))).scalars())
            return found

        return await self._attempt(work, set())

    async def save(self, given: Sequence[SerializedState], budget: Budget, used: Collection[Name] = ()) -> int:
        """Store states and mark others as used, in one transaction. Returns how many were evicted.

        The budget is a hard limit: it holds after every call. If more is given than fits, the last ones are stored.
        """
        fitting = budget.fitting(given)
        if self._file is not None and not self._file.room_for(sum(len(each.data) for each in fitting)):
            await self.make_room()
            fitting = []

        async def work(engine: AsyncEngine) -> int:
            names = {each.name for each in fitting}
            going = await budget.going(engine, fitting, names | set(used))
            moment = now()
            async with writing(engine) as connection:
                await delete_states(connection, going)
                rows = [
                    {
                        "fingerprint": each.fingerprint, "digest": each.digest, "kind": each.kind,
                        "nbytes": len(each.data), "used": moment, "data": each.data,
                    }
                    for each in fitting
                ]  # fmt: skip
                if rows:  # in one switch to the other thread
                    await put(connection, states, rows, ["fingerprint", "digest"])
                for part in parts(list(used)):
                    await connection.execute(update(states).where(among(part)).values(used=moment))
                return len(going) + len(await cut(connection, budget.nbytes))

        return await self._attempt(work, 0)

    async def prune(self, budget: Budget) -> int:
        """Evict states in excess of the budget. Returns how many."""
        return await self.save([], budget)

    async def clear(self) -> None:
        """Delete all states and free their disk space."""
        if self._file is not None:
            await self.make_room(now=True)
            return

        async def work(engine: AsyncEngine) -> None:
            async with writing(engine) as connection:
                await connection.execute(delete(states))

        await self._attempt(work, None)

    async def latest_model(self) -> str:
        """Return the fingerprint of the model whose states were used last; "" if there are none."""
        query = select(states.c.fingerprint).order_by(states.c.used.desc()).limit(1)

        async def work(engine: AsyncEngine) -> str:
            async with reading(engine) as connection:
                return (await connection.execute(query)).scalar_one_or_none() or ""

        return await self._attempt(work, "")

    async def drop(self, fingerprint: str, digest: str) -> None:
        """Delete a (corrupt) state."""

        async def work(engine: AsyncEngine) -> None:
            async with writing(engine) as connection:
                await delete_states(connection, [(fingerprint, digest)])

        await self._attempt(work, None)

    async def forget(self, digests: Sequence[str]) -> bool:
        """Delete all models' states of these paths. Returns whether that succeeded."""

        async def work(engine: AsyncEngine) -> bool:
            async with writing(engine) as connection:
                for start in range(0, len(digests), ROWS):
                    part = states.c.digest.in_(digests[start : start + ROWS])
                    await connection.execute(delete(states).where(part))
            return True

        return await self._attempt(work, otherwise=False)

    async def nbytes(self) -> int:
        """Return the total size of the stored states, in bytes."""

        async def work(engine: AsyncEngine) -> int:
            async with reading(engine) as connection:
                return int((await connection.execute(TOTAL)).scalar_one())

        return await self._attempt(work, 0)

    @property
    def spare(self) -> int:
        """Bytes that deleting all states would free."""
        return 0 if self._file is None else self._file.spare

    async def damage(self) -> str:
        """Return what is wrong with the states' own file and what to do; "" if nothing is."""
        if self._file is None or not (reason := await self._file.damage()):
            return ""
        return f"the kept states are damaged ({reason}): delete {self._file.path}, it is a cache and nothing is lost"

    async def make_room(self, *, now: bool = False) -> bool:
        """Delete states to free disk space if there is almost none left, or ``now``. Returns whether that was done."""
        try:
            return self._file is not None and await self._file.make_room(now=now)
        except (OSError, StoreError) as error:
            log.warning("the kept states could not be thrown away: %s", error)
            return False

    async def _attempt(self, work: Callable[[AsyncEngine], Awaitable[T]], otherwise: T) -> T:
        """Do ``work``, retrying once on a new file if the old one is damaged; return ``otherwise`` on failure."""
        for _ in range(2):
            try:
                if self._file is None:
                    return await work(self._server)
                engine = await self._file.acquire()
                try:
                    return await work(engine)
                except StoreError as error:
                    if not error.is_damage:
                        raise
                    damage = error.reason
                finally:
                    self._file.release()
                await self._file.renew(engine, damage)
            except (OSError, DBAPIError, StoreError) as error:
                self._report(error)
                break
        return otherwise

    def _report(self, error: Exception) -> None:
        """Log a warning at most once a minute, so that a full disk does not fill the log as well."""
        if time.monotonic() - self._reported >= MINUTE:
            self._reported = time.monotonic()
            log.warning("the kept states are not used: %s", getattr(error, "reason", error))


@asynccontextmanager
async def opened_states(engine: AsyncEngine) -> AsyncIterator[StateTable]:
    """Yield the states of a database: in a file next to SQLite's, or in the database of a server."""
    if engine.dialect.name != "sqlite":
        yield StateTable(engine)
        return
    async with StateFile(engine.url).opened() as file:
        yield StateTable(engine, file)
