"""Small tables beside the tree: keys and values, platform messages, usage."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot.store.connection import now, reading, writing
from bot.store.tables import key_values, messages, usage
from bot.store.upsert import upsert


@dataclass(frozen=True, slots=True)
class Usage:
    """What was asked for and written."""

    turns: int
    tokens_read: int
    tokens_written: int


class KeyValues:
    """JSON values by scope and key: user settings, limits, lists, hashes, plugins' own stores."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def get(self, scope: str, key: str, default: Any = None) -> Any:
        """The value, or ``default``."""
        query = select(key_values.c.value).where(key_values.c.scope == scope, key_values.c.key == key)
        async with reading(self._engine) as connection:
            row = (await connection.execute(query)).one_or_none()
        return default if row is None else row[0]

    async def set(self, scope: str, key: str, value: Any) -> None:
        """Keep ``value``; it must be JSON."""
        async with writing(self._engine) as connection:
            row = {"scope": scope, "key": key, "value": value}
            await connection.execute(upsert(connection, key_values, row, ["scope", "key"]))

    async def delete(self, scope: str, key: str) -> bool:
        """Forget it. Whether it was there."""
        query = delete(key_values).where(key_values.c.scope == scope, key_values.c.key == key)
        async with writing(self._engine) as connection:
            return (await connection.execute(query)).rowcount > 0

    async def items(self, scope: str) -> dict[str, Any]:
        """All of ``scope``, in order of the keys."""
        query = select(key_values.c.key, key_values.c.value).where(key_values.c.scope == scope)
        async with reading(self._engine) as connection:
            return {row.key: row.value for row in await connection.execute(query.order_by(key_values.c.key))}


class Messages:
    """Which turn a platform's message belongs to, so that any old reply can be resumed and any button works."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def find(self, platform: str, channel: str, message_id: str) -> int | None:
        """The node of a message."""
        query = select(messages.c.node_id).where(
            messages.c.platform == platform, messages.c.channel == channel, messages.c.message_id == message_id
        )
        async with reading(self._engine) as connection:
            return (await connection.execute(query)).scalar_one_or_none()

    async def remember(self, platform: str, channel: str, message_id: str, node: int) -> None:
        """Let the message stand for ``node``."""
        async with writing(self._engine) as connection:
            await add_message(connection, platform, channel, message_id, node)

    async def of_nodes(self, node_ids: Sequence[int]) -> list[tuple[str, str, str, int]]:
        """(platform, channel, message id, node) of all messages of the nodes."""
        async with reading(self._engine) as connection:
            found = await connection.execute(select(messages).where(messages.c.node_id.in_(node_ids)))
            return [(row.platform, row.channel, row.message_id, row.node_id) for row in found]


class UsageTable:
    """Turns and tokens by day, channel and person."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def total(self, *, day: date | None = None, channel: int | None = None, user: str | None = None) -> Usage:
        """The sum over whatever is given."""
        sums = [
            func.coalesce(func.sum(column), 0)
            for column in (usage.c.turns, usage.c.tokens_read, usage.c.tokens_written)
        ]
        query = select(*sums)
        for column, value in ((usage.c.day, day), (usage.c.channel_id, channel), (usage.c.user, user)):
            if value is not None:
                query = query.where(column == value)
        async with reading(self._engine) as connection:
            turns, read, written = (await connection.execute(query)).one()
        return Usage(int(turns), int(read), int(written))


async def add_message(connection: AsyncConnection, platform: str, channel: str, message_id: str, node: int) -> None:
    """Let a platform's message stand for ``node``, within the caller's transaction."""
    row = {"platform": platform, "channel": channel, "message_id": message_id, "node_id": node}
    await connection.execute(upsert(connection, messages, row, ["platform", "channel", "message_id"]))


async def add_usage(connection: AsyncConnection, channel: int, user: str, turns: int, read: int, written: int) -> None:
    """Count a turn, within the caller's transaction."""
    row = {
        "day": now().date(), "channel_id": channel, "user": user,
        "turns": turns, "tokens_read": read, "tokens_written": written,
    }  # fmt: skip
    counted = ["turns", "tokens_read", "tokens_written"]
    await connection.execute(upsert(connection, usage, row, ["day", "channel_id", "user"], add=counted))
