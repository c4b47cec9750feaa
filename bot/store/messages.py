"""Maps platform messages to turns, so that any old reply can be resumed and any button works."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot.store.connection import reading, writing
from bot.store.look_up import look_up
from bot.store.statements import put
from bot.store.tables import channels, messages, nodes

MESSAGE = select(messages).where(
    messages.c.platform == bindparam("platform"),
    messages.c.channel == bindparam("channel"),
    messages.c.message_id == bindparam("id"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredMessage:
    """A platform message that belongs to a turn: a person's message, or one that shows the answer."""

    platform: str
    channel: str
    id: str
    node: int = 0
    said: bool = False  # by a person
    words: str = ""  # its own text, if several messages were answered together


class Messages:
    """The table ``messages``."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def find(self, platform: str, channel: str, message_id: str) -> int | None:
        """Return the turn id of a message."""
        found = await self.get(platform, channel, message_id)
        return None if found is None else found.node

    async def get(self, platform: str, channel: str, message_id: str) -> StoredMessage | None:
        """Return the stored message, if it belongs to a turn."""
        found = await look_up(self._engine, MESSAGE, platform=platform, channel=channel, id=message_id)
        if not found:
            return None
        row = found[0]
        return StoredMessage(
            platform=platform, channel=channel, id=message_id, node=row.node_id, said=row.said, words=row.words
        )

    async def of_node(self, node: int) -> list[StoredMessage]:
        """Return all messages of a turn, the person's first, in order of their ids."""
        query = select(messages).where(messages.c.node_id == node).order_by(messages.c.said.desc())
        async with reading(self._engine) as connection:
            rows = (await connection.execute(query)).all()
        found = [
            StoredMessage(
                platform=row.platform, channel=row.channel, id=row.message_id, node=node, said=row.said, words=row.words
            )
            for row in rows
        ]
        return sorted(found, key=lambda each: (not each.said, len(each.id), each.id))  # ids are increasing numbers

    async def last_said(self, platform: str, since: datetime, limit: int) -> list[tuple[StoredMessage, str | None]]:
        """Return the last human message in each channel since ``since``, with the channel's server; newest first."""
        query = (
            select(messages, channels.c.guild)
            .join(channels, channels.c.head_id == messages.c.node_id)
            .join(nodes, nodes.c.id == messages.c.node_id)
            .where(messages.c.platform == platform, messages.c.said.is_(True), nodes.c.created >= since)
            .order_by(nodes.c.created.desc()).limit(limit)
        )  # fmt: skip
        async with reading(self._engine) as connection:
            return [
                (
                    StoredMessage(
                        platform=platform, channel=row.channel, id=row.message_id, node=row.node_id, said=True,
                        words=row.words,
                    ),
                    row.guild,
                )
                for row in await connection.execute(query)
            ]  # fmt: skip

    async def remember(self, platform: str, channel: str, message_id: str, node: int) -> None:
        """Record that a message shows the answer of turn ``node``."""
        async with writing(self._engine, quick=True) as connection:
            shown = StoredMessage(platform=platform, channel=channel, id=message_id, node=node)
            await add_messages(connection, [shown])


async def add_messages(connection: AsyncConnection, given: Sequence[StoredMessage]) -> None:
    """Record the turns of messages, within the caller's transaction."""
    rows = {
        (each.platform, each.channel, each.id): {
            "platform": each.platform, "channel": each.channel, "message_id": each.id, "node_id": each.node,
            "said": each.said, "words": each.words,
        }
        for each in given
    }  # fmt: skip
    if rows:
        await put(connection, messages, list(rows.values()), ["platform", "channel", "message_id"])
