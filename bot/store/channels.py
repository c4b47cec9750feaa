"""Channels: the position and settings of each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, bindparam, case, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot.errors import Busy
from bot.i18n import N_
from bot.store.connection import now, reading, writing
from bot.store.look_up import look_up
from bot.store.node import Node
from bot.store.nodes import NodeTable, insert_nodes
from bot.store.statements import insert_new
from bot.store.tables import channels, nodes
from bot.store.write_row import write_row

LAST_WORDS_CHARS = 200
# Of a node: the start of what was said, and whether anything was. A root's output is a greeting, its input the prompt.
WORDS = func.substr(case((nodes.c.output != "", nodes.c.output), else_=nodes.c.input), 1, LAST_WORDS_CHARS)
SAID = or_(nodes.c.kind != "root", nodes.c.output != "")
MOVED = N_("This conversation was continued by another process at the same moment. Please say it again.")


class HeadMoved(Busy):
    """Another process has moved HEAD since it was read, so nothing was written."""


COLUMNS = [column for column in channels.c if column.name != "created"]  # whose conversion nobody needs
BY_NAME = select(*COLUMNS).where(
    channels.c.platform == bindparam("platform"), channels.c.external_id == bindparam("external_id")
)
BY_NUMBER = select(*COLUMNS).where(channels.c.id == bindparam("channel"))
CHANGE = update(channels).where(channels.c.id == bindparam("channel"))
CHANGE_AFTER = CHANGE.where(channels.c.head_id == bindparam("after"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """A row of ``channels``."""

    id: int
    platform: str
    external_id: str
    guild: str | None
    prompt: str
    settings: Mapping[str, object]
    head: int | None
    draft: int | None
    pending: int | None  # the last line that follows HEAD but has not been accepted
    branch: str
    undone: tuple[int, ...] = ()


class ChannelTable:
    """The table ``channels``."""

    def __init__(self, engine: AsyncEngine, tree: NodeTable) -> None:
        self._engine = engine
        self._tree = tree

    async def find(self, platform: str, external_id: str) -> Channel | None:
        """Return a channel, if it exists."""
        found = await look_up(self._engine, BY_NAME, platform=platform, external_id=external_id)
        return _channel(found[0]) if found else None

    async def add(
        self, platform: str, external_id: str, guild: str | None, prompt: str, roots: Sequence[Node]
    ) -> Channel:
        """Add a channel with its HEAD on the first of ``roots``, or return the one another process has just added."""
        prepared = await self._tree.prepared(0, roots)
        row: dict[str, Any] = {
            "platform": platform, "external_id": external_id, "guild": guild, "prompt": prompt, "settings": {},
            "branch": "main", "undone": [], "created": now(),
        }  # fmt: skip
        async with writing(self._engine, quick=True) as connection:
            statement = insert_new(connection, channels).returning(channels.c.id)
            made = (await connection.execute(statement, row)).scalar_one_or_none()
            if made is not None:
                starts = await insert_nodes(connection, [replace(root, channel=made) for root in prepared])
                await connection.execute(update(channels).where(channels.c.id == made).values(head_id=starts[0].id))
            query = select(channels).where(_is(platform, external_id))
            return _channel((await connection.execute(query)).one())

    async def all(self, platform: str | None = None) -> list[Channel]:
        """Return all channels, or those of a platform."""
        query = select(channels).order_by(channels.c.id)
        if platform is not None:
            query = query.where(channels.c.platform == platform)
        async with reading(self._engine) as connection:
            return [_channel(row) for row in await connection.execute(query)]

    async def last_words(self, platform: str, names: Sequence[str]) -> dict[str, str]:
        """Return the start of the last message in each of these channels; channels without one are left out."""
        query = (
            select(channels.c.external_id, WORDS).join(nodes, nodes.c.id == channels.c.head_id)
            .where(channels.c.platform == platform, channels.c.external_id.in_(names), SAID)
        )  # fmt: skip
        async with reading(self._engine) as connection:
            return {row[0]: row[1] for row in await connection.execute(query)}

    async def any_words(self, platform: str, names: Sequence[str]) -> dict[str, str]:
        """Return the start of the newest message in each of these channels, even if HEAD is elsewhere by now."""
        newest = (
            select(func.max(nodes.c.id)).join(channels, nodes.c.channel_id == channels.c.id)
            .where(channels.c.platform == platform, channels.c.external_id.in_(names), SAID)
            .group_by(nodes.c.channel_id)
        )  # fmt: skip
        query = (
            select(channels.c.external_id, WORDS).join(channels, nodes.c.channel_id == channels.c.id)
            .where(nodes.c.id.in_(newest))
        )  # fmt: skip
        async with reading(self._engine) as connection:
            return {row[0]: row[1] for row in await connection.execute(query)}

    async def private(self, platform: str, limit: int) -> list[str]:
        """Return the external ids of private channels, most recently active first."""
        query = (
            select(channels.c.external_id).join(nodes, nodes.c.id == channels.c.head_id)
            .where(channels.c.platform == platform, channels.c.guild.is_(None))
            .order_by(nodes.c.created.desc()).limit(limit)
        )  # fmt: skip
        async with reading(self._engine) as connection:
            return list((await connection.execute(query)).scalars())

    async def latest(self, platform: str, limit: int) -> list[str]:
        """Return the external ids of channels, most recently active first."""
        query = (
            select(channels.c.external_id).join(nodes, nodes.c.id == channels.c.head_id)
            .where(channels.c.platform == platform).order_by(nodes.c.created.desc()).limit(limit)
        )  # fmt: skip
        async with reading(self._engine) as connection:
            return list((await connection.execute(query)).scalars())

    async def guilds(self, platform: str) -> set[str]:
        """Return the servers or groups that have a channel."""
        query = (
            select(channels.c.guild).where(channels.c.platform == platform, channels.c.guild.is_not(None)).distinct()
        )
        async with reading(self._engine) as connection:
            return {str(guild) for guild in (await connection.execute(query)).scalars()}

    async def of_guild(self, platform: str, guild: str) -> list[str]:
        """Return the external ids of a server's channels."""
        query = select(channels.c.external_id).where(channels.c.platform == platform, channels.c.guild == guild)
        async with reading(self._engine) as connection:
            return list((await connection.execute(query)).scalars())

    async def talked_since(self, platform: str, place: str, since: datetime, *, guild: bool) -> bool:
        """Return whether a turn is newer than ``since`` in ``place``, the id of a server or of a channel."""
        there = channels.c.guild if guild else channels.c.external_id
        query = (
            select(nodes.c.id).join(channels, channels.c.id == nodes.c.channel_id)
            .where(channels.c.platform == platform, there == place, nodes.c.created > since).limit(1)
        )  # fmt: skip
        async with reading(self._engine) as connection:
            return (await connection.execute(query)).first() is not None

    async def get(self, channel: int) -> Channel | None:
        """Return a channel by its id."""
        found = await look_up(self._engine, BY_NUMBER, channel=channel)
        return _channel(found[0]) if found else None

    async def update(self, channel: int, **columns: object) -> None:
        """Change columns: ``pending_id``, ``draft_id``, ``settings``, ``prompt``, ``branch``..."""
        async with writing(self._engine, quick=True) as connection:
            await change_channel(connection, channel, columns)

    async def move(self, channel: int, after: int, head: int, columns: Mapping[str, object]) -> None:
        """Move HEAD to ``head`` and change columns. Raises HeadMoved if HEAD is no longer ``after``."""
        async with writing(self._engine, quick=True) as connection:
            await change_channel(connection, channel, {"head_id": head, **columns}, after=after)


async def change_channel(
    connection: AsyncConnection, channel: int, columns: Mapping[str, object], *, after: int | None = None
) -> None:
    """Change columns, within the caller's transaction. Raises HeadMoved if HEAD is not ``after``."""
    if after is None:
        await write_row(connection, CHANGE, {"channel": channel, **columns})
    elif not (await write_row(connection, CHANGE_AFTER, {"channel": channel, "after": after, **columns})).count:
        raise HeadMoved(MOVED)


def _is(platform: str, external_id: str) -> ColumnElement[bool]:
    return and_(channels.c.platform == platform, channels.c.external_id == external_id)


def _channel(row: Row[Any]) -> Channel:
    return Channel(
        id=row.id, platform=row.platform, external_id=row.external_id, guild=row.guild, prompt=row.prompt,
        settings=row.settings, head=row.head_id, draft=row.draft_id, pending=row.pending_id, branch=row.branch,
        undone=tuple(row.undone),
    )  # fmt: skip
