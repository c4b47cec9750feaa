"""Names that point at turns: saves, and the tips of branches."""

from collections.abc import Mapping

from sqlalchemy import bindparam, delete, select, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot.store.connection import now, reading, writing
from bot.store.node import Bookmark, BookmarkKind
from bot.store.statements import put
from bot.store.tables import bookmarks, channels
from bot.store.write_row import write_row

BRANCH = select(channels.c.branch).where(channels.c.id == bindparam("channel")).scalar_subquery()
MOVE_TIP = update(bookmarks).where(
    bookmarks.c.channel_id == bindparam("channel"), bookmarks.c.kind == "branch", bookmarks.c.name == BRANCH
)


class BookmarkTable:
    """The table ``bookmarks``."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def of(self, channel: int, kind: BookmarkKind | None = None) -> list[Bookmark]:
        """Return a channel's bookmarks, newest first."""
        query = select(bookmarks).where(bookmarks.c.channel_id == channel)
        if kind is not None:
            query = query.where(bookmarks.c.kind == kind)
        order = (bookmarks.c.created.desc(), bookmarks.c.id.desc())
        async with reading(self._engine) as connection:
            rows = (await connection.execute(query.order_by(*order))).all()
        return [Bookmark(row.name, row.node_id, row.kind, row.created) for row in rows]

    async def set(self, channel: int, kind: BookmarkKind, name: str, node: int, **columns: object) -> Bookmark:
        """Point ``name`` at ``node``; set ``columns`` of the channel in the same transaction."""
        made = now()
        row = {"channel_id": channel, "kind": kind, "name": name, "node_id": node, "created": made}
        async with writing(self._engine) as connection:
            await put(connection, bookmarks, [row], ["channel_id", "kind", "name"])
            if columns:
                await connection.execute(update(channels).where(channels.c.id == channel).values(**columns))
        return Bookmark(name, node, kind, made)

    async def delete(self, channel: int, kind: BookmarkKind, name: str) -> bool:
        """Delete a name. Returns whether it existed."""
        where = (bookmarks.c.channel_id == channel, bookmarks.c.kind == kind, bookmarks.c.name == name)
        async with writing(self._engine) as connection:
            return (await connection.execute(delete(bookmarks).where(*where))).rowcount > 0


async def move_tip(connection: AsyncConnection, channel: int, node: int) -> None:
    """Move the current branch's name, if it has one, along with HEAD. Within the caller's transaction."""
    await write_row(connection, MOVE_TIP, {"channel": channel, "node_id": node})


async def add_saves(connection: AsyncConnection, channel: int, places: Mapping[str, int]) -> None:
    """Name turns, within the caller's transaction."""
    moment = now()
    rows = [
        {"channel_id": channel, "kind": "save", "name": name, "node_id": node, "created": moment}
        for name, node in places.items()
    ]
    if rows:
        await put(connection, bookmarks, rows, ["channel_id", "kind", "name"])
