"""A person's own words, for that person to export."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.store.connection import reading
from bot.store.forgetting import Place, turns_of
from bot.store.tables import channels, nodes


@dataclass(frozen=True, slots=True)
class UserTurn:
    """One of the person's turns, with its answer."""

    channel: str  # the platform's id for it
    time: datetime
    words: str
    answer: str


async def turns_of_user(engine: AsyncEngine, user: str, place: Place | None, most: int) -> list[UserTurn]:
    """Return the last ``most`` turns of ``user`` ("platform:id") at ``place`` or everywhere, oldest first."""
    query = (
        select(channels.c.external_id, nodes.c.created, nodes.c.input, nodes.c.output)
        .join(channels, channels.c.id == nodes.c.channel_id)
        .where(*turns_of(user, place)).order_by(nodes.c.id.desc()).limit(most)
    )  # fmt: skip
    async with reading(engine) as connection:
        return [UserTurn(*row) for row in (await connection.execute(query)).all()][::-1]
