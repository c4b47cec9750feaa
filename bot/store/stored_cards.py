"""Imported character cards: the file, a small picture and the owner."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.store.connection import now, reading, writing
from bot.store.statements import insert_new
from bot.store.tables import cards

COLUMNS = (cards.c.id, cards.c.scope, cards.c.name, cards.c.title, cards.c.nbytes, cards.c.version)


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredCard:
    """A row of ``cards``, without the files."""

    id: int
    scope: str  # owner: "platform:guild", "user:platform:id"; "": everyone
    name: str  # name used in commands; unique within its scope
    title: str  # the character's own name
    nbytes: int
    version: int  # increases with every edit


@dataclass(frozen=True, slots=True, kw_only=True)
class NewCard:
    """A card to add."""

    scope: str
    name: str
    title: str
    data: bytes
    avatar: bytes | None = None
    user: str = ""  # "platform:id" of the person who imported it


class CardTable:
    """The table ``cards``. Lists never read the files, which may be megabytes in size."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def of(self, scopes: Sequence[str]) -> list[StoredCard]:
        """Return all cards of these scopes, sorted by name."""
        query = select(*COLUMNS).where(cards.c.scope.in_(scopes)).order_by(cards.c.name)
        async with reading(self._engine) as connection:
            return [_card(row) for row in await connection.execute(query)]

    async def data(self, card: int) -> bytes | None:
        """Return the file, or None if the card no longer exists."""
        async with reading(self._engine) as connection:
            return (await connection.execute(select(cards.c.data).where(cards.c.id == card))).scalar_one_or_none()

    async def avatar(self, card: int) -> bytes | None:
        """Return the small picture, or None if there is none."""
        async with reading(self._engine) as connection:
            return (await connection.execute(select(cards.c.avatar).where(cards.c.id == card))).scalar_one_or_none()

    async def add(self, new: NewCard, *, most: int, most_bytes: int) -> StoredCard | None:
        """Add a card, checking the limits of its scope in the same transaction. Returns None if the name is taken.

        Raises OverflowError if the scope would have more than ``most`` cards, or ``most_bytes`` in total.
        """
        row: dict[str, Any] = {
            "scope": new.scope, "name": new.name, "title": new.title, "nbytes": len(new.data), "version": 1,
            "user": new.user[:255], "created": now(), "avatar": new.avatar, "data": new.data,
        }  # fmt: skip
        count = select(func.count(), func.coalesce(func.sum(cards.c.nbytes), 0)).where(cards.c.scope == new.scope)
        async with writing(self._engine) as connection:
            have, size = (await connection.execute(count)).one()
            if have >= most or size + len(new.data) > most_bytes:
                raise OverflowError(f"{have} cards, {size} bytes")
            statement = insert_new(connection, cards).returning(*COLUMNS)
            made = (await connection.execute(statement, row)).one_or_none()
        return None if made is None else _card(made)

    async def replace(self, card: StoredCard, data: bytes, title: str, *, most_bytes: int) -> bool:
        """Replace the file of a card. Returns whether the card existed.

        Raises OverflowError if its scope would exceed ``most_bytes`` in total.
        """
        values = {"data": data, "title": title, "nbytes": len(data), "version": cards.c.version + 1}
        others = select(func.coalesce(func.sum(cards.c.nbytes), 0))
        others = others.where(cards.c.scope == card.scope, cards.c.id != card.id)
        async with writing(self._engine) as connection:
            size = (await connection.execute(others)).scalar_one()
            if size + len(data) > most_bytes:
                raise OverflowError(f"{size} bytes")
            return (await connection.execute(update(cards).where(cards.c.id == card.id).values(values))).rowcount > 0

    async def delete(self, card: int) -> bool:
        """Delete a card. Returns whether it existed."""
        async with writing(self._engine) as connection:
            return (await connection.execute(delete(cards).where(cards.c.id == card))).rowcount > 0


def _card(row: Row[*tuple[Any, ...]]) -> StoredCard:
    return StoredCard(
        id=row.id, scope=row.scope, name=row.name, title=row.title, nbytes=row.nbytes, version=row.version
    )
