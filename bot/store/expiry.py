"""Deletes data older than the retention period."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import ColumnElement, delete, or_, select
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.store.connection import reading, writing
from bot.store.forgetting import ROWS, blank_turns
from bot.store.tables import answers, inbox, nodes, usage


async def channels_before(engine: AsyncEngine, before: datetime) -> set[int]:
    """Return the channels that contain words from before ``before``."""
    async with reading(engine) as connection:
        query = select(nodes.c.channel_id).where(*_turns_before(before)).distinct()
        return set((await connection.execute(query)).scalars())


async def expire_turns(engine: AsyncEngine, before: datetime, channels: Collection[int]) -> list[str]:
    """Blank the turns of these channels from before ``before``. They stay in the tree; later turns are read again.

    Roots stay: a prompt or a character is not anybody's words. Returns the digests that no longer exist.
    """
    digests: list[str] = []
    for channel in channels:
        query = select(nodes.c.id).where(nodes.c.channel_id == channel, *_turns_before(before)).limit(ROWS)
        while True:
            async with writing(engine) as connection:
                ids = list((await connection.execute(query)).scalars())
                if not ids:
                    break
                digests += await blank_turns(connection, ids)
    return digests


async def expire_rest(engine: AsyncEngine, before: datetime) -> None:
    """Delete other data from before ``before``: inbox entries, stored answers of API clients, usage."""
    async with writing(engine) as connection:
        await connection.execute(delete(inbox).where(inbox.c.created < before))
        await connection.execute(delete(answers).where(answers.c.created < before))
        await connection.execute(delete(usage).where(usage.c.day < before.date()))


def _turns_before(before: datetime) -> list[ColumnElement[bool]]:
    parts = (nodes.c.input, nodes.c.output, nodes.c.author, nodes.c.user)
    return [nodes.c.created < before, nodes.c.kind != "root", or_(*(part != "" for part in parts))]
