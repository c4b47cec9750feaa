"""Many turns at once go in piece by piece, so that nobody waits long; what is left of a half-done import is removed."""

import logging
from collections.abc import Sequence

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot.store.connection import reading, writing
from bot.store.node import Node
from bot.store.nodes import insert_nodes
from bot.store.statements import put
from bot.store.tables import key_values, nodes
from bot.store.trouble import StoreError

log = logging.getLogger(__name__)

SCOPE = "import"  # of the note that an import is not finished: by channel, the first and last of its turns


class UnfinishedImport:
    """The pieces of one import, until the last transaction makes them one."""

    def __init__(self, engine: AsyncEngine, channel: int) -> None:
        self._engine = engine
        self._channel = channel
        self._first = 0

    async def insert(self, piece: Sequence[Node], before: Sequence[Node]) -> list[Node]:
        """Put a piece in, and note it, in a transaction of their own."""
        async with writing(self._engine) as connection:
            made = await insert_nodes(connection, piece, before)
            first = self._first or made[0].id
            note = {"scope": SCOPE, "key": str(self._channel), "value": [first, made[-1].id]}
            await put(connection, key_values, [note], ["scope", "key"])
        self._first = first
        return made

    async def finish(self, connection: AsyncConnection) -> None:
        """All is there: the note goes, within the caller's transaction."""
        if self._first:
            await _forget(connection, str(self._channel))

    async def undo(self) -> None:
        """Remove what was put in."""
        if self._first:
            await undo_unfinished(self._engine, str(self._channel))


async def undo_unfinished(engine: AsyncEngine, channel: str = "") -> None:
    """Remove what a process that died has left, everywhere or in one channel. Never raises: it is tried again."""
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
