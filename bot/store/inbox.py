"""Messages that were taken in: each is answered once, whatever dies on the way."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, delete, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.store.connection import now, reading, writing
from bot.store.tables import inbox


@dataclass(frozen=True, slots=True)
class Entry:
    """A message that waits for its answer: what of it was shown, and the whole of it once it is known."""

    channel: str
    message_id: str
    guild: str | None
    shown: tuple[str, ...]
    reply: dict[str, Any] | None
    created: datetime


class Inbox:
    """The table of messages taken in. A message is open from ``take`` until ``done``."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def take(self, platform: str, channel: str, message_id: str, guild: str | None = None) -> bool:
        """Take a message in. False when it was taken before, by this process or another."""
        row: dict[str, Any] = {
            "platform": platform, "channel": channel, "message_id": message_id, "guild": guild,
            "done": False, "shown": [], "reply": None, "created": now(),
        }  # fmt: skip
        async with writing(self._engine) as connection:
            insert = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
            made = await connection.execute(insert(inbox).values(**row).on_conflict_do_nothing())
            return made.rowcount > 0

    async def update(self, platform: str, channel: str, message_id: str, **columns: Any) -> None:
        """Change ``shown`` or ``reply``."""
        async with writing(self._engine) as connection:
            await connection.execute(update(inbox).where(_is(platform, channel, message_id)).values(**columns))

    async def done(self, platform: str, channel: str, message_ids: Sequence[str]) -> None:
        """They are answered for certain."""
        where = and_(
            inbox.c.platform == platform, inbox.c.channel == channel, inbox.c.message_id.in_(list(message_ids))
        )
        async with writing(self._engine) as connection:
            await connection.execute(update(inbox).where(where).values(done=True, shown=[], reply=None))

    async def open(self, platform: str) -> list[Entry]:
        """What is not answered for certain, oldest first."""
        query = select(inbox).where(inbox.c.platform == platform, inbox.c.done.is_(False)).order_by(inbox.c.created)
        async with reading(self._engine) as connection:
            return [
                Entry(row.channel, row.message_id, row.guild, tuple(row.shown), row.reply, row.created)
                for row in await connection.execute(query)
            ]

    async def private_channels(self, platform: str, since: datetime) -> list[str]:
        """Where somebody talked to the bot alone since then."""
        own = (inbox.c.platform == platform, inbox.c.guild.is_(None), inbox.c.created >= since)
        query = select(inbox.c.channel).where(*own).distinct()
        async with reading(self._engine) as connection:
            return [row.channel for row in await connection.execute(query)]

    async def forget(self, platform: str, before: datetime) -> int:
        """Drop what was answered before that time. How many."""
        where = and_(inbox.c.platform == platform, inbox.c.done.is_(True), inbox.c.created < before)
        async with writing(self._engine) as connection:
            return (await connection.execute(delete(inbox).where(where))).rowcount


def _is(platform: str, channel: str, message_id: str) -> ColumnElement[bool]:
    return and_(inbox.c.platform == platform, inbox.c.channel == channel, inbox.c.message_id == message_id)
