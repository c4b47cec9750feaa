"""Turns that hold certain words, in channels of one person: newest first, and never more reading than a bound."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot.store.connection import reading
from bot.store.tables import channels, nodes

PIECE = 2000  # turns that one statement looks through
LARGEST_ID = 2**63 - 1


@dataclass(frozen=True, slots=True)
class FoundTurn:
    """A turn with the words in what was said, or in what was answered."""

    channel: str  # the platform's name for it
    node: int
    kind: str
    input: str
    output: str


class TurnSearch:
    """Looks through the table ``nodes``. Letters of either case match, in every script that has cases."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def find(
        self, platform: str, places: Sequence[str], words: str, *, most: int, most_read: int
    ) -> list[FoundTurn]:
        """At most ``most`` turns of the channels ``places``, the channels in that order, each's newest turn first.

        ``most_read``: turns that are looked at in all.
        """
        found: list[FoundTurn] = []
        left = most_read
        for place in places:
            end: int | None = LARGEST_ID
            while end is not None and left > 0 and len(found) < most:
                async with reading(self._engine) as connection:  # everybody else goes on between the pieces
                    rows, end, read = await _piece(connection, (platform, place), words, end, min(left, PIECE))
                left -= read
                found += [FoundTurn(place, row.id, row.kind, row.input, row.output) for row in rows]
        return found[:most]


async def _piece(
    connection: AsyncConnection, place: tuple[str, str], words: str, end: int, size: int
) -> tuple[Sequence[Any], int | None, int]:
    """What matches among the ``size`` turns before ``end``; where the next piece ends; how many were looked at."""
    channel = select(channels.c.id).where(channels.c.platform == place[0], channels.c.external_id == place[1])
    here = nodes.c.channel_id == channel.scalar_subquery()
    window = select(nodes.c.id).where(here, nodes.c.id < end).order_by(nodes.c.id.desc()).limit(size).subquery()
    low, count = (await connection.execute(select(func.min(window.c.id), func.count()).select_from(window))).one()
    if low is None:
        return [], None, 0
    columns = select(nodes.c.id, nodes.c.kind, nodes.c.input, nodes.c.output)
    between = and_(here, nodes.c.id >= low, nodes.c.id < end, nodes.c.kind.not_in(["root", "stage"]))
    query = columns.where(between, _matches(words)).order_by(nodes.c.id.desc())
    return (await connection.execute(query)).all(), low if count == size else None, count


def _matches(words: str) -> ColumnElement[bool]:
    """SQLite folds the case of Latin letters without accents only: of others the usual forms are sought."""
    forms = {words, words.lower(), words.upper(), words.title(), words.capitalize()}
    if words.isascii():
        forms = {words}
    columns = (nodes.c.input, nodes.c.output)
    return or_(*(column.icontains(form, autoescape=True) for form in sorted(forms) for column in columns))
