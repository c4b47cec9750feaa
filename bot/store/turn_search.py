"""Searches one person's channels for turns with certain words, newest first, reading a bounded number of turns."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot.store.connection import reading
from bot.store.tables import channels, nodes

PIECE = 2000  # turns searched by one statement
MAX_ID = 2**63 - 1


@dataclass(frozen=True, slots=True)
class FoundTurn:
    """A turn that contains the words in its input or output."""

    channel: str  # the platform's id for it
    node: int
    kind: str
    input: str
    output: str


class TurnSearch:
    """Searches the table ``nodes``, ignoring case in all scripts that have it."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def find(
        self, platform: str, places: Sequence[str], words: str, *, most: int, most_read: int
    ) -> list[FoundTurn]:
        """Return at most ``most`` turns: channels in the order of ``places``, newest turn first within each.

        ``most_read``: total number of turns examined.
        """
        found: list[FoundTurn] = []
        left = most_read
        for place in places:
            end: int | None = MAX_ID
            while end is not None and left > 0 and len(found) < most:
                async with reading(self._engine) as connection:  # others can run between the pieces
                    rows, end, read = await _piece(connection, (platform, place), words, end, min(left, PIECE))
                left -= read
                found += [FoundTurn(place, row.id, row.kind, row.input, row.output) for row in rows]
        return found[:most]


async def _piece(
    connection: AsyncConnection, place: tuple[str, str], words: str, end: int, size: int
) -> tuple[Sequence[Any], int | None, int]:
    """Search the ``size`` turns before ``end``.

    Returns the matches, the end of the next piece and the number examined.
    """
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
    """Return the search condition.

    SQLite folds the case of ASCII letters only, so for other words the usual forms are searched.
    """
    forms = {words, words.lower(), words.upper(), words.title(), words.capitalize()}
    if words.isascii():
        forms = {words}
    columns = (nodes.c.input, nodes.c.output)
    return or_(*(column.icontains(form, autoescape=True) for form in sorted(forms) for column in columns))
