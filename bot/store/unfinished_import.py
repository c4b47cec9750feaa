"""Inserts many turns in pieces, so that nobody waits long, and removes the remains of unfinished imports."""

import logging
from collections.abc import Sequence

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot.store.connection import reading, writing
from bot.store.database_errors import StoreError
from bot.store.node import Node
from bot.store.nodes import insert_nodes
from bot.store.statements import put
from bot.store.tables import key_values, nodes

log = logging.getLogger(__name__)

SCOPE = "import"  # marks an unfinished import: per channel, its first and last turn


class UnfinishedImport:
    """The pieces of one import, until the last transaction completes it."""

    def __init__(self, engine: AsyncEngine, channel: int) -> None:
        self._engine = engine
        self._channel = channel
        self._first = 0

    async def insert(self, piece: Sequence[Node], before: Sequence[Node]) -> list[Node]:
        """Insert a piece and record it, in one transaction."""
        async with writing(self._engine) as connection:
            made = await insert_nodes(connection, piece, before)
            first = self._first or made[0].id
            note = {"scope": SCOPE, "key": str(self._channel), "value": [first, made[-1].id]}
            await put(connection, key_values, [note], ["scope", "key"])
        self._first = first
        return made

    async def finish(self, connection: AsyncConnection) -> None:
        """Delete the record of the import, within the caller's transaction."""
        if self._first:
            await _forget(connection, str(self._channel))

    async def undo(self) -> None:
        """Remove the pieces inserted so far."""
        if self._first:
            await undo_unfinished(self._engine, str(self._channel))


async def undo_unfinished(engine: AsyncEngine, channel: str = "") -> None:
    """Remove the remains of a process that died, everywhere or in one channel.

    Never raises: the next start tries again.
    """
    query = select(key_values.c.key, key_values.c.value).where(key_values.c.scope == SCOPE)
    if channel:
        query = query.where(key_values.c.key == channel)
    try:
        async with reading(engine) as connection:
            left = (await connection.execute(query)).all()
        for key, (first, last) in left:
            async with writing(engine) as connection:
                pieces = (nodes.c.channel_id == int(key), nodes.c.id.between(first, last))
                await connection.execute(delete(nodes).where(*pieces))
                await _forget(connection, key)
            log.warning("an import that was not finished was removed")
    except StoreError as error:
        log.warning("an import that was not finished could not be removed: %s", error.reason)


async def _forget(connection: AsyncConnection, key: str) -> None:
    await connection.execute(delete(key_values).where(key_values.c.scope == SCOPE, key_values.c.key == key))
