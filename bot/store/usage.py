"""Usage by day, channel and person."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot.store.connection import reading
from bot.store.statements import put
from bot.store.tables import usage
from bot.today import today

COUNTED = ("turns", "tokens_read", "tokens_written", "queue_seconds", "prefill_seconds", "decode_seconds")


@dataclass(frozen=True, slots=True)
class Seconds:
    """Time that replies spent waiting for a batch row, in prefill and in decoding; concurrent replies add up."""

    queue: float = 0.0
    prefill: float = 0.0
    decode: float = 0.0


NO_SECONDS = Seconds()


@dataclass(frozen=True, slots=True)
class Usage:
    """Turns, tokens and time used."""

    turns: int
    tokens_read: int
    tokens_written: int
    seconds: Seconds = NO_SECONDS


class UsageTable:
    """Turns, tokens and seconds by day, channel and person."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def total(self, *, day: date | None = None, channel: int | None = None, user: str | None = None) -> Usage:
        """Return the total, filtered by the given arguments."""
        query = select(*(func.coalesce(func.sum(usage.c[name]), 0) for name in COUNTED))
        for column, value in ((usage.c.day, day), (usage.c.channel_id, channel), (usage.c.user, user)):
            if value is not None:
                query = query.where(column == value)
        async with reading(self._engine) as connection:
            turns, read, written, *seconds = (await connection.execute(query)).one()
        return Usage(int(turns), int(read), int(written), Seconds(*map(float, seconds)))

    async def of_platform(self, platform: str, day: date, limit: int) -> list[tuple[str, Usage]]:
        """Return the top users of a platform on that day by their platform ids, most tokens first."""
        turns, read, written = (
            func.sum(column) for column in (usage.c.turns, usage.c.tokens_read, usage.c.tokens_written)
        )
        query = (
            select(usage.c.user, turns, read, written)
            .where(usage.c.day == day, usage.c.user.startswith(f"{platform}:", autoescape=True))
            .group_by(usage.c.user).order_by((read + written).desc(), usage.c.user).limit(limit)
        )  # fmt: skip
        async with reading(self._engine) as connection:
            rows = (await connection.execute(query)).all()
        return [(row[0].partition(":")[2], Usage(int(row[1]), int(row[2]), int(row[3]))) for row in rows]


async def add_usage(connection: AsyncConnection, channel: int, user: str, new: Usage) -> None:
    """Add ``new`` to today's usage, within the caller's transaction."""
    seconds = new.seconds
    row = {
        "day": today(), "channel_id": channel, "user": user,
        "turns": new.turns, "tokens_read": new.tokens_read, "tokens_written": new.tokens_written,
        "queue_seconds": seconds.queue, "prefill_seconds": seconds.prefill, "decode_seconds": seconds.decode,
    }  # fmt: skip
    await put(connection, usage, [row], ["day", "channel_id", "user"], add=COUNTED)
