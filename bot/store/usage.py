"""What was asked for and written: by day, channel and person."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot.store.connection import now, reading, upsert
from bot.store.tables import usage


@dataclass(frozen=True, slots=True)
class Usage:
    """What was asked for and written."""

    turns: int
    tokens_read: int
    tokens_written: int


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


async def add_usage(connection: AsyncConnection, channel: int, user: str, turns: int, read: int, written: int) -> None:
    """Count a turn, within the caller's transaction."""
    row = {
        "day": now().date(), "channel_id": channel, "user": user,
        "turns": turns, "tokens_read": read, "tokens_written": written,
    }  # fmt: skip
    counted = ["turns", "tokens_read", "tokens_written"]
    await connection.execute(upsert(connection, usage, [row], ["day", "channel_id", "user"], add=counted))
