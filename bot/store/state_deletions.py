"""Digests whose states must be deleted wherever they are: in the states' own file, on engines, in their storages.

They are noted with the deletion of the text, so that neither a crash nor an engine that is down leaves a state behind
that nothing names any more.
"""

from collections.abc import Sequence

from sqlalchemy import String, cast, delete, select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot.store.connection import now, reading, writing
from bot.store.statements import put
from bot.store.tables import key_values

SCOPE = "deleted_states"  # digest -> when, in seconds since 1970
MOST = 100_000  # an engine that never comes back must not fill the database
ROWS = 500


class StateDeletions:
    """The digests that are still to be deleted somewhere."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def waiting(self) -> list[str]:
        """Return them; the oldest ones above MOST are given up."""
        key, moment = key_values.c.key, cast(key_values.c.value, String)
        query = select(key).where(key_values.c.scope == SCOPE).order_by(moment.desc(), key)
        async with reading(self._engine) as connection:
            found = list((await connection.execute(query)).scalars())
        await self.done(found[MOST:])
        return found[:MOST]

    async def done(self, digests: Sequence[str]) -> None:
        """Remove digests whose states are gone everywhere."""
        for start in range(0, len(digests), ROWS):
            part = key_values.c.key.in_(digests[start : start + ROWS])
            async with writing(self._engine) as connection:
                await connection.execute(delete(key_values).where(key_values.c.scope == SCOPE, part))


async def note_deleted(connection: AsyncConnection, digests: Sequence[str]) -> None:
    """Note digests, within the transaction that deletes their text."""
    moment = now().timestamp()
    for start in range(0, len(digests), ROWS):
        part = dict.fromkeys(digests[start : start + ROWS])
        rows = [{"scope": SCOPE, "key": digest, "value": moment} for digest in part if digest]
        if rows:
            await put(connection, key_values, rows, ["scope", "key"])
