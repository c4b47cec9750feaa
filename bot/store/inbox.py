"""Incoming platform messages. Each is answered exactly once, even if a process dies on the way."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import and_, bindparam, delete, null, select, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot.store.connection import now, reading, writing
from bot.store.messages import StoredMessage, add_messages
from bot.store.statements import insert_new
from bot.store.tables import inbox
from bot.store.write_row import write_row

CHANGE = update(inbox).where(
    inbox.c.platform == bindparam("in_platform"),
    inbox.c.channel == bindparam("in_channel"),
    inbox.c.message_id == bindparam("in_id"),
)
DONE = CHANGE.values(done=True, reply=null(), event=null(), shown=bindparam("shown", type_=inbox.c.shown.type))


@dataclass(frozen=True, slots=True)
class Entry:
    """An item awaiting its answer, with the part already shown and the full reply once it is known."""

    channel: str
    message_id: str
    guild: str | None
    shown: tuple[str, ...]
    reply: dict[str, Any] | None
    created: datetime
    user: str = ""  # "platform:id" of the person
    event: Mapping[str, object] | None = None  # what is needed to handle it again; None: the platform keeps it
    node: int | None = None  # the turn that answers it: committed, but perhaps not shown yet


class Inbox:
    """The table ``inbox``. An item is open from ``take`` until ``delivered`` or ``done``."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def take(
        self, platform: str, channel: str, message_id: str, guild: str | None = None, *, user: str = "",
        event: Mapping[str, object] | None = None,
    ) -> bool:  # fmt: skip
        """Record an item. Returns False if it was taken before, by this process or another."""
        row: dict[str, Any] = {
            "platform": platform, "channel": channel, "message_id": message_id, "guild": guild, "user": user,
            "done": False, "shown": [], "created": now(),
        } | ({} if event is None else {"event": dict(event)})  # fmt: skip
        async with writing(self._engine, quick=True) as connection:
            return (await write_row(connection, insert_new(connection, inbox), row)).count > 0

    async def update(self, platform: str, channel: str, message_id: str, **columns: Any) -> None:
        """Change ``shown`` or ``reply``."""
        where = {"in_platform": platform, "in_channel": channel, "in_id": message_id}
        async with writing(self._engine, quick=True) as connection:
            await write_row(connection, CHANGE, where | columns)

    async def delivered(
        self, platform: str, channel: str, message_ids: Sequence[str], shown: Sequence[str] = (),
        node: int | None = None,
    ) -> None:  # fmt: skip
        """Mark items as answered by the messages ``shown``, which belong to the turn ``node`` if there is one."""
        where = {"in_platform": platform, "in_channel": channel, "shown": list(shown)}
        async with writing(self._engine, quick=True) as connection:
            for each in message_ids:
                await write_row(connection, DONE, where | {"in_id": each})
            if node is not None:
                standing = [StoredMessage(platform=platform, channel=channel, id=each, node=node) for each in shown]
                await add_messages(connection, standing)

    async def done(self, platform: str, channel: str, message_ids: Sequence[str]) -> None:
        """Mark items as answered, or as never to be answered."""
        await self.delivered(platform, channel, message_ids)

    async def open(self, platform: str) -> list[Entry]:
        """Return the items that may not have been answered, oldest first."""
        query = select(inbox).where(inbox.c.platform == platform, inbox.c.done.is_(False)).order_by(inbox.c.created)
        async with reading(self._engine) as connection:
            return [
                Entry(
                    row.channel, row.message_id, row.guild, tuple(row.shown), row.reply, row.created,
                    user=row.user, event=row.event, node=row.node_id,
                )
                for row in await connection.execute(query)
            ]  # fmt: skip

    async def private_channels(self, platform: str, since: datetime) -> list[str]:
        """Return the private channels with items since ``since``."""
        own = (inbox.c.platform == platform, inbox.c.guild.is_(None), inbox.c.created >= since)
        query = select(inbox.c.channel).where(*own).distinct()
        async with reading(self._engine) as connection:
            return [row.channel for row in await connection.execute(query)]

    async def forget(self, platform: str, before: datetime) -> int:
        """Delete items answered before ``before``. Returns how many."""
        where = and_(inbox.c.platform == platform, inbox.c.done.is_(True), inbox.c.created < before)
        async with writing(self._engine) as connection:
            return (await connection.execute(delete(inbox).where(where))).rowcount


async def mark_answered(connection: AsyncConnection, said: Sequence[StoredMessage], node: int) -> None:
    """Record that ``node`` answers these inbox items, within the caller's transaction."""
    for each in said:
        where = {"in_platform": each.platform, "in_channel": each.channel, "in_id": each.id}
        await write_row(connection, CHANGE, where | {"node_id": node})
