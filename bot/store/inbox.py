"""What came in from a platform: each item is answered once, whatever dies on the way."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, delete, null, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot.store.connection import insert_new, now, reading, writing
from bot.store.messages import StoredMessage, add_messages
from bot.store.tables import inbox


@dataclass(frozen=True, slots=True)
class Entry:
    """An item that waits for its answer: what of it was shown, and the whole of it once it is known."""

    channel: str
    message_id: str
    guild: str | None
    shown: tuple[str, ...]
    reply: dict[str, Any] | None
    created: datetime
    user: str = ""  # "platform:id" of the person
    event: Mapping[str, object] | None = None  # what is needed to handle it again; None: the platform keeps it
    node: int | None = None  # the turn that answers it: committed, perhaps not shown yet


class Inbox:
    """The table of what came in. An item is open from ``take`` until ``delivered`` or ``done``."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def take(
        self, platform: str, channel: str, message_id: str, guild: str | None = None, *, user: str = "",
        event: Mapping[str, object] | None = None,
    ) -> bool:  # fmt: skip
        """Take an item in. False when it was taken before, by this process or another."""
        row: dict[str, Any] = {
            "platform": platform, "channel": channel, "message_id": message_id, "guild": guild, "user": user,
            "event": null() if event is None else dict(event), "done": False, "shown": [], "reply": null(),
            "created": now(),
        }  # fmt: skip
        async with writing(self._engine) as connection:
            return (await connection.execute(insert_new(connection, inbox, row))).rowcount > 0

    async def update(self, platform: str, channel: str, message_id: str, **columns: Any) -> None:
        """Change ``shown`` or ``reply``."""
        async with writing(self._engine) as connection:
            await connection.execute(update(inbox).where(_are(platform, channel, [message_id])).values(**columns))

    async def delivered(
        self, platform: str, channel: str, message_ids: Sequence[str], shown: Sequence[str] = (),
        node: int | None = None,
    ) -> None:  # fmt: skip
        """The items are answered: the messages ``shown`` show it, and stand for the turn ``node`` if there is one."""
        async with writing(self._engine) as connection:
            done = {"done": True, "shown": list(shown), "reply": null(), "event": null()}
            await connection.execute(update(inbox).where(_are(platform, channel, message_ids)).values(**done))
            if node is not None:
                standing = [StoredMessage(platform=platform, channel=channel, id=each, node=node) for each in shown]
                await add_messages(connection, standing)

    async def done(self, platform: str, channel: str, message_ids: Sequence[str]) -> None:
        """The items are answered, or will never be."""
        await self.delivered(platform, channel, message_ids)

    async def open(self, platform: str) -> list[Entry]:
        """What is not answered for certain, oldest first."""
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


async def mark_answered(connection: AsyncConnection, said: Sequence[StoredMessage], node: int) -> None:
    """Items that are in the inbox are answered by ``node``, within the caller's transaction."""
    key = tuple_(inbox.c.platform, inbox.c.channel, inbox.c.message_id)
    given = [(each.platform, each.channel, each.id) for each in said]
    await connection.execute(update(inbox).where(key.in_(given)).values(node_id=node))


def _are(platform: str, channel: str, message_ids: Sequence[str]) -> ColumnElement[bool]:
    return and_(inbox.c.platform == platform, inbox.c.channel == channel, inbox.c.message_id.in_(list(message_ids)))
