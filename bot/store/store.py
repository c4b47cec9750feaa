"""The store: channels and the turn tree on disk. One transaction a turn; nothing committed is ever changed."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Protocol

from sqlalchemy import Row, Select, delete, func, insert, literal, select, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot.store.connection import database_url, now, opened, reading, writing
from bot.store.inbox import Inbox
from bot.store.node import Bookmark, BookmarkKind, Node
from bot.store.states import StateTable, insert_state
from bot.store.tables import bookmarks, channels, nodes
from bot.store.upsert import upsert
from bot.store.values import KeyValues, Messages, UsageTable, add_message, add_usage

ALL_TURNS = 1_000_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """A row of ``channels``."""

    id: int
    platform: str
    external_id: str
    guild: str | None
    prompt: str
    settings: Mapping[str, Any]
    head: int | None
    draft: int | None
    branch: str
    undone: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """What one commit writes: new nodes with their states, and what of the channel changes with them."""

    nodes: Sequence[Node]  # id 0; a parent of -k is the node k places before it in this list
    states: Sequence[bytes | None] = ()  # one a node, or none at all
    fingerprint: str = ""
    channel: Mapping[str, Any] = field(default_factory=dict)  # columns, besides those below
    head: int | None = None  # which of `nodes` HEAD moves to
    draft: int | None = None  # which of `nodes` the draft moves to
    user: str = ""
    tokens_read: int = 0
    messages: Sequence[tuple[str, str, str]] = ()  # (platform, channel, id) of what was said: stand for the head


class NodeCoder(Protocol):
    """What keeps turns readable when the tokenizer changes."""

    def complete(self, node: Node) -> Node:
        """A turn about to be stored."""

    def native(self, node: Node) -> Node:
        """A stored turn in the running model's tokens."""


class Store:
    """Every query on the tree. Others are in its parts: ``states``, ``values``, ``messages``, ``usage``."""

    def __init__(self, engine: AsyncEngine, coder: NodeCoder | None = None) -> None:
        self.engine = engine
        self._coder = coder  # without one, tokens are as they were stored
        self.states = StateTable(engine)
        self.values = KeyValues(engine)
        self.messages = Messages(engine)
        self.inbox = Inbox(engine)
        self.usage = UsageTable(engine)

    # --- channels -----------------------------------------------------------------------------------------------

    async def find_channel(self, platform: str, external_id: str) -> Channel | None:
        """A channel that has talked before."""
        query = select(channels).where(channels.c.platform == platform, channels.c.external_id == external_id)
        async with reading(self.engine) as connection:
            row = (await connection.execute(query)).one_or_none()
        return None if row is None else _channel(row)

    async def add_channel(self, platform: str, external_id: str, guild: str | None, prompt: str, root: Node) -> Channel:
        """A new channel that stands on ``root``; the existing one if another process was faster."""
        async with writing(self.engine) as connection:
            row: dict[str, Any] = {
                "platform": platform, "external_id": external_id, "guild": guild, "prompt": prompt, "settings": {},
                "branch": "main", "undone": [], "created": now(),
            }  # fmt: skip
            taken = select(channels.c.id).where(channels.c.platform == platform, channels.c.external_id == external_id)
            if (await connection.execute(taken)).scalar_one_or_none() is None:
                made = (await connection.execute(insert(channels).values(**row).returning(channels.c.id))).scalar_one()
                head = await self._insert(connection, replace(root, channel=made))
                await connection.execute(update(channels).where(channels.c.id == made).values(head_id=head))
            query = select(channels).where(channels.c.platform == platform, channels.c.external_id == external_id)
            return _channel((await connection.execute(query)).one())

    async def channels(self, platform: str | None = None) -> list[Channel]:
        """All channels (of a platform)."""
        query = select(channels).order_by(channels.c.id)
        if platform is not None:
            query = query.where(channels.c.platform == platform)
        async with reading(self.engine) as connection:
            return [_channel(row) for row in await connection.execute(query)]

    async def update_channel(self, channel: int, **columns: Any) -> None:
        """Change columns of a channel: ``head_id``, ``settings``, ``prompt``, ``branch``, ``undone``, ``draft_id``."""
        async with writing(self.engine) as connection:
            await connection.execute(update(channels).where(channels.c.id == channel).values(**columns))

    async def delete_channel(self, channel: int) -> None:
        """Forget a channel with all its turns."""
        async with writing(self.engine) as connection:
            where = channels.c.id == channel
            await connection.execute(update(channels).where(where).values(head_id=None, draft_id=None))
            unlink = update(nodes).where(nodes.c.channel_id == channel).values(parent_id=None, previous_id=None)
            await connection.execute(unlink)
            await connection.execute(delete(channels).where(where))

    # --- the tree -----------------------------------------------------------------------------------------------

    async def commit(self, channel: int, turn: Turn) -> list[Node]:
        """Write a turn: nodes, states, HEAD, branch tip and usage, all or nothing. Returns the nodes with their ids."""
        done: list[Node] = []
        async with writing(self.engine) as connection:
            for index, given in enumerate(turn.nodes):
                node = self._coder.complete(given) if self._coder else given
                parent = done[node.parent].id if node.parent is not None and node.parent < 0 else node.parent
                new = replace(node, channel=channel, parent=parent, created=node.created or now())
                new = replace(new, id=await _insert_node(connection, new))
                done.append(self._coder.native(new) if self._coder else new)
                data = turn.states[index] if turn.states else None
                if data is not None:
                    await insert_state(connection, new.id, turn.fingerprint, data)
            columns = dict(turn.channel)
            if turn.head is not None:
                columns["head_id"] = done[turn.head].id
                await _move_tip(connection, channel, done[turn.head].id)
            if turn.draft is not None:
                columns["draft_id"] = done[turn.draft].id
            for message in turn.messages:
                await add_message(connection, *message, done[turn.head or 0].id)
            if columns:
                await connection.execute(update(channels).where(channels.c.id == channel).values(**columns))
            written = sum(len(node.output_tokens) for node in turn.nodes)
            await add_usage(connection, channel, turn.user, 1, turn.tokens_read, written)
        return done

    async def node(self, node: int) -> Node | None:
        """A node by its id."""
        async with reading(self.engine) as connection:
            row = (await connection.execute(select(nodes).where(nodes.c.id == node))).one_or_none()
        return None if row is None else self._native(row)

    async def path(self, node: int, turns: int | None = None) -> list[Node]:
        """The nodes from the root to ``node``, or only the last ``turns`` of them, root first."""
        async with reading(self.engine) as connection:
            rows = (await connection.execute(_path_query(node, turns or ALL_TURNS))).all()
        return [self._native(row) for row in rows]

    async def children(self, node: int) -> list[Node]:
        """The turns that follow ``node``, oldest first."""
        query = select(nodes).where(nodes.c.parent_id == node, nodes.c.kind != "draft").order_by(nodes.c.id)
        async with reading(self.engine) as connection:
            return [self._native(row) for row in await connection.execute(query)]

    async def siblings(self, node: Node) -> list[Node]:
        """All answers to the same input after the same parent, oldest first."""
        query = select(nodes).where(
            nodes.c.channel_id == node.channel, nodes.c.input == node.input, nodes.c.author == node.author
        )
        query = query.where((nodes.c.kind == "draft") == (node.kind == "draft"), nodes.c.kind != "root")
        query = query.where((nodes.c.kind == "say") == (node.kind == "say"))
        if node.kind == "root":
            return [node]
        same = nodes.c.parent_id.is_(None) if node.parent is None else nodes.c.parent_id == node.parent
        async with reading(self.engine) as connection:
            return [self._native(row) for row in await connection.execute(query.where(same).order_by(nodes.c.id))]

    async def all_nodes(self, channel: int) -> list[Node]:
        """Every turn of a channel, drafts left out, oldest first."""
        query = select(nodes).where(nodes.c.channel_id == channel, nodes.c.kind != "draft").order_by(nodes.c.id)
        async with reading(self.engine) as connection:
            return [self._native(row) for row in await connection.execute(query)]

    async def count_nodes(self) -> int:
        """How many turns there are in all."""
        async with reading(self.engine) as connection:
            return int((await connection.execute(select(func.count()).select_from(nodes))).scalar_one())

    async def _insert(self, connection: AsyncConnection, node: Node) -> int:
        return await _insert_node(connection, self._coder.complete(node) if self._coder else node)

    def _native(self, row: Row[Any]) -> Node:
        return self._coder.native(_node(row)) if self._coder else _node(row)

    # --- bookmarks ----------------------------------------------------------------------------------------------

    async def bookmarks(self, channel: int, kind: BookmarkKind | None = None) -> list[Bookmark]:
        """A channel's names, newest first."""
        query = select(bookmarks).where(bookmarks.c.channel_id == channel)
        if kind is not None:
            query = query.where(bookmarks.c.kind == kind)
        order = (bookmarks.c.created.desc(), bookmarks.c.id.desc())
        async with reading(self.engine) as connection:
            rows = (await connection.execute(query.order_by(*order))).all()
        return [Bookmark(row.name, row.node_id, row.kind, row.created) for row in rows]

    async def set_bookmark(self, channel: int, kind: BookmarkKind, name: str, node: int, **columns: Any) -> Bookmark:
        """Let ``name`` stand for ``node``; ``columns`` of the channel change with it."""
        made = now()
        row = {"channel_id": channel, "kind": kind, "name": name, "node_id": node, "created": made}
        async with writing(self.engine) as connection:
            await connection.execute(upsert(connection, bookmarks, row, ["channel_id", "kind", "name"]))
            if columns:
                await connection.execute(update(channels).where(channels.c.id == channel).values(**columns))
        return Bookmark(name, node, kind, made)

    async def delete_bookmark(self, channel: int, kind: BookmarkKind, name: str) -> bool:
        """Drop a name. Whether it was there."""
        where = (bookmarks.c.channel_id == channel, bookmarks.c.kind == kind, bookmarks.c.name == name)
        async with writing(self.engine) as connection:
            return (await connection.execute(delete(bookmarks).where(*where))).rowcount > 0


@asynccontextmanager
async def open_store(
    url: str, data: Path, *, coder: NodeCoder | None = None, upgrade: bool = True
) -> AsyncIterator[Store]:
    """The store of ``[store] url``, or of the folder ``data``. Raises ConfigError that says what is wrong."""
    async with opened(database_url(url, data), upgrade=upgrade) as engine:
        yield Store(engine, coder)


def _channel(row: Row[Any]) -> Channel:
    return Channel(
        id=row.id, platform=row.platform, external_id=row.external_id, guild=row.guild, prompt=row.prompt,
        settings=row.settings, head=row.head_id, draft=row.draft_id, branch=row.branch, undone=tuple(row.undone),
    )  # fmt: skip


def _node(row: Row[Any]) -> Node:
    return Node(
        id=row.id, channel=row.channel_id, parent=row.parent_id, kind=row.kind, author=row.author, input=row.input,
        output=row.output, input_tokens=row.input_tokens, output_tokens=row.output_tokens, created=row.created,
        finish_reason=row.finish_reason, sampling=row.sampling, previous=row.previous_id,
        vocabulary=row.vocabulary, read=row.read, written=row.written,
    )  # fmt: skip


def storable(text: str) -> str:
    """``text`` as both databases take it: no lone surrogates, no NUL."""
    return text.encode("utf-8", "replace").decode("utf-8").replace("\x00", "")


async def _insert_node(connection: AsyncConnection, node: Node) -> int:
    author, said, answered, read, written = map(
        storable, (node.author, node.input, node.output, node.read, node.written)
    )
    row = {
        "channel_id": node.channel, "parent_id": node.parent, "previous_id": node.previous, "kind": node.kind,
        "author": author, "input": said, "output": answered, "input_tokens": node.input_tokens,
        "output_tokens": node.output_tokens, "finish_reason": node.finish_reason, "sampling": dict(node.sampling),
        "created": node.created or now(), "vocabulary": node.vocabulary, "read": read, "written": written,
    }  # fmt: skip
    return int((await connection.execute(insert(nodes).values(**row).returning(nodes.c.id))).scalar_one())


async def _move_tip(connection: AsyncConnection, channel: int, node: int) -> None:
    """The current branch's name moves with HEAD, once it has a name at all."""
    branch = select(channels.c.branch).where(channels.c.id == channel).scalar_subquery()
    where = (bookmarks.c.channel_id == channel, bookmarks.c.kind == "branch", bookmarks.c.name == branch)
    await connection.execute(update(bookmarks).where(*where).values(node_id=node))


def _path_query(node: int, turns: int) -> Select[Any]:
    start = select(nodes.c.id, nodes.c.parent_id, literal(0).label("depth")).where(nodes.c.id == node)
    walk = start.cte("walk", recursive=True)
    up = select(nodes.c.id, nodes.c.parent_id, walk.c.depth + 1).join(walk, nodes.c.id == walk.c.parent_id)
    walk = walk.union_all(up.where(walk.c.depth + 1 < turns))
    return select(nodes).join(walk, nodes.c.id == walk.c.id).order_by(walk.c.depth.desc())
