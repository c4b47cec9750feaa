"""Deletes a channel, or a person's words, wherever they are stored."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import CTE, ColumnElement, Select, delete, exists, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot.store.connection import reading, writing
from bot.store.state_deletions import note_deleted
from bot.store.tables import answers, cards, channels, inbox, key_values, messages, nodes, usage
from bot.today import today

ROWS = 500
BLANK: dict[str, object] = {
    "author": "", "user": "", "input": "", "output": "", "input_tokens": (), "output_tokens": (), "read": "",
    "written": "", "sampling": {}, "digest": "",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Place:
    """A server of a platform, or a single channel if ``guild`` is None."""

    guild: str | None
    channel: str


async def forget_channel(engine: AsyncEngine, channel: int) -> list[str]:
    """Delete a channel with everything stored for it. Returns the digests that no other channel's turns have."""
    other = nodes.alias()
    shared = exists().where(other.c.digest == nodes.c.digest, other.c.channel_id != channel)
    own = select(nodes.c.digest).where(nodes.c.channel_id == channel, nodes.c.digest != "", ~shared).distinct()
    async with writing(engine) as connection:
        digests = list((await connection.execute(own)).scalars())
        where = channels.c.id == channel
        row = (await connection.execute(select(channels.c.platform, channels.c.external_id).where(where))).one_or_none()
        if row is None:
            return []
        await connection.execute(update(channels).where(where).values(head_id=None, draft_id=None, pending_id=None))
        unlink = update(nodes).where(nodes.c.channel_id == channel).values(parent_id=None, previous_id=None)
        await connection.execute(unlink)
        await connection.execute(delete(channels).where(where))  # cascades to turns, bookmarks, messages and usage
        for table in (inbox, messages):
            place = (table.c.platform == row.platform, table.c.channel == row.external_id)
            await connection.execute(delete(table).where(*place))
        keys = [f"{row.platform}:{row.external_id}", f"{row.platform}:channel:{row.external_id}"]
        await connection.execute(delete(key_values).where(key_values.c.key.in_([key[:255] for key in keys])))
        await note_deleted(connection, digests)
    return digests


async def forget_guild(engine: AsyncEngine, platform: str, guild: str) -> None:
    """Delete a server's own data, besides its channels: rules, limits, its members' settings, cards."""
    place = f"{platform}:{guild}"
    own = key_values.c.scope.startswith(f"user:{place}:", autoescape=True)
    async with writing(engine) as connection:
        keys = [place[:255], f"{platform}:guild:{guild}"[:255]]
        await connection.execute(delete(key_values).where(or_(key_values.c.key.in_(keys), own)))
        await connection.execute(delete(cards).where(cards.c.scope == place[:255]))
        await connection.execute(delete(inbox).where(inbox.c.platform == platform, inbox.c.guild == guild))


async def channels_of(engine: AsyncEngine, user: str, place: Place | None = None) -> set[int]:
    """Return the channels in which ``user`` has turns."""
    async with reading(engine) as connection:
        query = select(nodes.c.channel_id).where(*turns_of(user, place)).distinct()
        return set((await connection.execute(query)).scalars())


async def forget_user(engine: AsyncEngine, user: str, place: Place | None = None) -> tuple[list[str], set[int]]:
    """Blank the turns of ``user`` ("platform:id") with their answers, and delete their other data.

    ``place`` limits this to a server or a channel. The turns stay in the tree without words, and later turns are read
    without them. Today's usage is kept until tomorrow, so that daily limits cannot be evaded. Returns the digests that
    no longer exist, and the channels.
    """
    async with reading(engine) as connection:
        query = select(nodes.c.id, nodes.c.channel_id).where(*turns_of(user, place))
        found = (await connection.execute(query)).all()
    digests: list[str] = []
    for start in range(0, len(found), ROWS):
        async with writing(engine) as connection:
            digests += await blank_turns(connection, [row.id for row in found[start : start + ROWS]])
    async with writing(engine) as connection:
        if place is None:
            await _forget_rest(connection, user)
        else:
            await _forget_rest_at(connection, user, place)
    return digests, {row.channel_id for row in found}


async def _forget_rest(connection: AsyncConnection, user: str) -> None:
    await connection.execute(delete(inbox).where(inbox.c.user == user))
    own = select(channels.c.id).where(channels.c.platform + ":" + channels.c.external_id == user)
    await connection.execute(delete(answers).where(answers.c.channel_id.in_(own)))
    await connection.execute(delete(usage).where(usage.c.user == user, usage.c.day < today()))
    await connection.execute(delete(key_values).where(key_values.c.scope.in_(await _scopes(connection, user))))
    # a server's cards stay with the server
    await connection.execute(delete(cards).where(cards.c.scope == f"user:{user}"[:255]))
    await connection.execute(update(cards).where(cards.c.user == user).values(user=""))


async def _forget_rest_at(connection: AsyncConnection, user: str, place: Place) -> None:
    platform, _, number = user.partition(":")
    there = inbox.c.channel == place.channel if place.guild is None else inbox.c.guild == place.guild
    await connection.execute(delete(inbox).where(inbox.c.user == user, inbox.c.platform == platform, there))
    old = (usage.c.user == user, usage.c.day < today(), usage.c.channel_id.in_(_channels(platform, place)))
    await connection.execute(delete(usage).where(*old))
    if place.guild is None:
        return  # private settings apply in all private channels
    scope = f"user:{platform}:{place.guild}:{number}"[:255]
    await connection.execute(delete(key_values).where(key_values.c.scope == scope))
    brought = (cards.c.user == user, cards.c.scope == f"{platform}:{place.guild}"[:255])
    await connection.execute(update(cards).where(*brought).values(user=""))


def turns_of(user: str, place: Place | None) -> list[ColumnElement[bool]]:
    """Return the condition for the turns of ``user``, at ``place`` or everywhere."""
    own = nodes.c.user == user
    return [own] if place is None else [own, nodes.c.channel_id.in_(_channels(user.partition(":")[0], place))]


def _channels(platform: str, place: Place) -> Select[tuple[int]]:
    there = channels.c.external_id == place.channel if place.guild is None else channels.c.guild == place.guild
    return select(channels.c.id).where(channels.c.platform == platform, there)


async def blank_turns(connection: AsyncConnection, ids: Sequence[int]) -> list[str]:
    """Delete the words of turns, within the caller's transaction. Returns the digests that no longer exist."""
    below = _below(nodes.c.id.in_(ids))
    known = select(nodes.c.digest).where(nodes.c.id.in_(select(below.c.id)), nodes.c.digest != "").distinct()
    digests = list((await connection.execute(known)).scalars())
    await connection.execute(update(nodes).where(nodes.c.id.in_(select(below.c.id))).values(digest=""))
    await connection.execute(update(nodes).where(nodes.c.id.in_(ids)).values(**BLANK))
    await connection.execute(update(messages).where(messages.c.node_id.in_(ids)).values(words=""))
    await connection.execute(delete(answers).where(answers.c.node_id.in_(ids)))
    await note_deleted(connection, digests)
    return digests


def _below(start: ColumnElement[bool]) -> CTE:
    """Return turns and all their descendants."""
    walk = select(nodes.c.id).where(start).cte("below", recursive=True)
    return walk.union(select(nodes.c.id).join(walk, nodes.c.parent_id == walk.c.id))


async def _scopes(connection: AsyncConnection, user: str) -> list[str]:
    """Return the scopes of a person's settings: ``user:PLATFORM:GUILD:ID`` for each guild."""
    platform, _, number = user.partition(":")
    scope = key_values.c.scope
    query = select(scope).where(scope.startswith(f"user:{platform}:", autoescape=True)).distinct()
    return [found for found in (await connection.execute(query)).scalars() if found.split(":", 3)[-1] == number]
