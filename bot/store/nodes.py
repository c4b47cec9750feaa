"""Turns: every query on the tree, and inserting new turns.

A committed turn never changes, except that words are deleted.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache
from typing import Any, Protocol

from sqlalchemy import Row, Select, bindparam, func, insert, literal, select, text, union
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot.store.connection import now, reading
from bot.store.digest import NOTHING, digest_after, own_beginning, tuned_beginning
from bot.store.look_up import look_up
from bot.store.node import Node
from bot.store.tables import bookmarks, channels, nodes
from bot.store.write_row import write_row

ALL_TURNS = 1_000_000_000
LAST = select(func.coalesce(func.max(nodes.c.id), 0))
INSERT = insert(nodes)
INSERT_ONE = INSERT.returning(nodes.c.id)
ROWS = 500  # per statement: SQLite limits the number of variables
FEW = 50  # turns whose tokens are processed without a thread
REMEMBERED = 4096  # digests cached by node


class NodeCoder(Protocol):
    """Keeps turns readable when the tokenizer changes."""

    @property
    def name(self) -> str:
        """The name of the running model's vocabulary."""

    def texts(self, node: Node) -> tuple[str, str, str]:
        """Return what makes a turn readable that is about to be stored: ``vocabulary``, ``read`` and ``written``."""

    def native(self, node: Node) -> Node:
        """Return a stored turn in the running model's tokens."""


class NodeTable:
    """The table ``nodes``. Nodes are returned in the running model's tokens."""

    def __init__(self, engine: AsyncEngine, coder: NodeCoder | None = None) -> None:
        self._engine = engine
        self._coder = coder  # without one, tokens are returned as stored
        self._digests: OrderedDict[tuple[int, str], str] = OrderedDict()  # by node and vocabulary

    async def get(self, node: int) -> Node | None:
        """Return a node by its id."""
        found = await look_up(self._engine, NODE, node=node)
        return self._native(found[0]) if found else None

    async def path(self, node: int, turns: int | None = None) -> list[Node]:
        """Return the nodes from the root to ``node``, or only the last ``turns`` of them, root first."""
        if turns is not None and turns <= ROWS:
            if turns <= FEW:
                rows = await look_up(self._engine, PATH, node=node, turns=turns)
            else:
                async with reading(self._engine) as connection:
                    rows = (await connection.execute(PATH, {"node": node, "turns": turns})).all()
            return [self._native(row) for row in rows]
        async with reading(self._engine) as connection:
            where = {"node": node, "turns": turns or ALL_TURNS}
            ids = (await connection.execute(PATH_IDS, where)).scalars().all()
        found: list[Node] = []
        for start in range(0, len(ids), ROWS):  # read in pieces, so that others can run in between
            query = select(nodes).where(nodes.c.id.in_(ids[start : start + ROWS])).order_by(nodes.c.id)
            async with reading(self._engine) as connection:
                found += [self._native(row) for row in await connection.execute(query)]
        return found

    async def last_tokens(self, node: int, count: int) -> list[int]:
        """Return the last ``count`` tokens of the path to ``node`` (0: all), reading no more turns than needed."""
        found: list[int] = []
        at: int | None = node
        while at is not None and (count == 0 or len(found) < count):
            piece = await self.path(at, FEW)
            found = [token for each in piece for token in each.tokens] + found
            at = piece[0].parent if piece else None
        return found[-count:]

    async def children(self, node: int) -> list[Node]:
        """Return the turns that follow ``node``, oldest first."""
        query = select(nodes).where(nodes.c.parent_id == node, nodes.c.kind != "draft").order_by(nodes.c.id)
        async with reading(self._engine) as connection:
            return [self._native(row) for row in await connection.execute(query)]

    async def siblings(self, node: Node) -> list[Node]:
        """Return all answers to the same input after the same parent, oldest first."""
        query = _siblings(_kind(node)).with_only_columns(nodes)
        async with reading(self._engine) as connection:
            return [self._native(row) for row in await connection.execute(query, _same(node))]

    async def sibling_ids(self, node: Node) -> list[int]:
        """Return the ids of ``siblings``."""
        return [row.id for row in await look_up(self._engine, _siblings(_kind(node)), **_same(node))]

    async def of_channel(self, channel: int, *, drafts: bool = False) -> list[Node]:
        """Return every turn of a channel, oldest first; free writing only with ``drafts``."""
        query = select(nodes).where(nodes.c.channel_id == channel).order_by(nodes.c.id).limit(ROWS)
        if not drafts:
            query = query.where(nodes.c.kind != "draft")
        found: list[Node] = []
        while True:  # read in pieces, so that others can run in between
            last = found[-1].id if found else 0
            async with reading(self._engine) as connection:
                piece = (await connection.execute(query.where(nodes.c.id > last))).all()
            found += [self._native(row) for row in piece]
            if len(piece) < ROWS:
                return found

    async def root(self, node: int) -> Node:
        """Return the root of the path to ``node``."""
        start = select(nodes.c.id, nodes.c.parent_id).where(nodes.c.id == node)
        walk = start.cte("walk", recursive=True)
        walk = walk.union(select(nodes.c.id, nodes.c.parent_id).join(walk, nodes.c.id == walk.c.parent_id))
        query = select(nodes).join(walk, nodes.c.id == walk.c.id).where(nodes.c.parent_id.is_(None))
        async with reading(self._engine) as connection:
            return self._native((await connection.execute(query)).one())

    async def beside(self, places: Sequence[int]) -> list[Node]:
        """Return the free writing done while HEAD was on one of ``places``, oldest first."""
        found: list[Node] = []
        async with reading(self._engine) as connection:
            for start in range(0, len(places), ROWS):
                near = nodes.c.previous_id.in_(places[start : start + ROWS])
                rows = await connection.execute(select(nodes).where(near, nodes.c.kind == "draft"))
                found += [self._native(row) for row in rows]
        return sorted(found, key=lambda node: node.id)

    async def count(self) -> int:
        """Return the total number of turns."""
        async with reading(self._engine) as connection:
            return int((await connection.execute(select(func.count()).select_from(nodes))).scalar_one())

    async def near_heads(self, digests: Sequence[str], turns: int) -> set[str]:
        """Return which of the paths are likely to be continued.

        These end at a bookmark, or within ``turns`` turns up to a channel's HEAD, draft or last pending line.
        """
        start = select(nodes.c.id, nodes.c.digest, literal(1).label("depth")).where(nodes.c.digest.in_(digests))
        walk = start.cte("walk", recursive=True)
        down = select(nodes.c.id, walk.c.digest, walk.c.depth + 1).join(walk, nodes.c.parent_id == walk.c.id)
        walk = walk.union_all(down.where(walk.c.depth < turns))
        places = (channels.c.head_id, channels.c.draft_id, channels.c.pending_id)
        near = [select(walk.c.digest).join(channels, place == walk.c.id) for place in places]
        named = select(nodes.c.digest).join(bookmarks, bookmarks.c.node_id == nodes.c.id)
        query = union(*near, named.where(nodes.c.digest.in_(digests)))
        async with reading(self._engine) as connection:
            return set((await connection.execute(query)).scalars())

    async def digest(self, node: Node) -> str:
        """Return the digest of the path to ``node``, in the running model's tokens."""
        if node.digest:
            return node.digest
        if not node.id:  # a root that is not committed yet
            return digest_after(tuned_beginning(node.initial), node.tokens)
        key = (node.id, node.vocabulary)
        if key not in self._digests:
            path = await self.path(node.id)
            self._remember(path, digests_along(path))
        return self._digests[key]

    async def prepared(self, channel: int, given: Sequence[Node], *, apart: bool = False) -> list[Node]:
        """Return ``given`` complete and with digests, as they will be stored. A parent of -k is the k-th node before.

        ``apart``: roots get digests that no other channel has.
        """
        beginnings: dict[int | None, str] = {None: own_beginning(channel) if apart else NOTHING}
        for node in given:
            vocabulary = self._coder.name if self._coder else node.vocabulary
            if node.parent is not None and node.parent >= 0 and node.parent not in beginnings:
                beginnings[node.parent] = await self._digest_of(node.parent, vocabulary)
        if len(given) <= FEW:
            return self._chained(channel, given, beginnings)
        return await asyncio.to_thread(self._chained, channel, given, beginnings)

    def _chained(self, channel: int, given: Sequence[Node], beginnings: Mapping[int | None, str]) -> list[Node]:
        done: list[Node] = []
        moment = now()
        for each in given:
            node = self._coder.native(each) if self._coder else each
            inside = node.parent is not None and node.parent < 0
            before = done[node.parent or 0].digest if inside else beginnings[node.parent]
            if node.parent is None and before == NOTHING:
                before = tuned_beginning(node.initial)
            digest = digest_after(before, node.tokens)
            texts = self._coder.texts(node) if self._coder else (node.vocabulary, node.read, node.written)
            vocabulary, read, written = texts
            done.append(replace(
                node, channel=channel, created=node.created or moment, digest=digest, vocabulary=vocabulary, read=read,
                written=written,
            ))  # fmt: skip
        return done

    async def _digest_of(self, node: int, vocabulary: str) -> str:
        if (known := self._digests.get((node, vocabulary))) is not None:
            self._digests.move_to_end((node, vocabulary))
            return known
        found = await self.get(node)
        if found is None:
            raise LookupError(f"turn {node} is to be followed, and is not there")
        return await self.digest(found)

    def forget_digests(self) -> None:
        """Clear the digest cache: turns were deleted, and their ids may be reused."""
        self._digests.clear()

    def _remember(self, given: Sequence[Node], digests: Sequence[str]) -> None:
        for node, digest in zip(given[-REMEMBERED:], digests[-REMEMBERED:], strict=True):
            self._digests[node.id, node.vocabulary] = digest
        while len(self._digests) > REMEMBERED:
            self._digests.popitem(last=False)

    def _native(self, row: Row[Any]) -> Node:
        stored = _node(row)
        if self._coder is None:
            return stored
        node = self._coder.native(stored)
        return node if node is stored else replace(node, digest="")

    def stored(self, made: Sequence[Node]) -> list[Node]:
        """Return nodes that were just committed, as ``get`` would return them."""
        self._remember(made, [node.digest for node in made])
        return list(made)


def digests_along(path: Sequence[Node]) -> list[str]:
    """Return the digest at each node of a path that starts at a root."""
    found: list[str] = []
    last = tuned_beginning(path[0].initial) if path else NOTHING
    for node in path:
        last = node.digest or digest_after(last, node.tokens)
        found.append(last)
    return found


async def insert_nodes(connection: AsyncConnection, given: Sequence[Node], before: Sequence[Node] = ()) -> list[Node]:
    """Insert prepared nodes, within the caller's transaction. Returns them with their ids.

    ``before``: the preceding nodes of the same list, which are already in the table.
    """
    if len(given) == 1 and not before and (given[0].previous or 0) >= 0:
        row = _row(given[0])
        del row["id"]
        written = await write_row(connection, INSERT_ONE, row)
        return [replace(given[0], id=written.rows[0].id)]
    done = list(before)
    for node, number in zip(given, await _new_ids(connection, len(given)), strict=True):
        parent = done[node.parent].id if node.parent is not None and node.parent < 0 else node.parent
        previous = done[node.previous].id if node.previous is not None and node.previous < 0 else node.previous
        done.append(replace(node, id=number, parent=parent, previous=previous))
    made = done[len(before) :]
    for start in range(0, len(made), ROWS):
        await connection.execute(INSERT, [_row(node) for node in made[start : start + ROWS]])
    return made


async def _new_ids(connection: AsyncConnection, count: int) -> Sequence[int]:
    if connection.dialect.name == "sqlite":  # there is only one writer at a time
        last = (await connection.execute(LAST)).scalar_one()
        return range(last + 1, last + 1 + count)
    numbers = text("SELECT nextval('nodes_id_seq') FROM generate_series(1, :count)")
    return list((await connection.execute(numbers, {"count": count})).scalars())


def _node(row: Row[Any]) -> Node:
    return Node(
        id=row.id, channel=row.channel_id, parent=row.parent_id, kind=row.kind, author=row.author, input=row.input,
        output=row.output, input_tokens=row.input_tokens, output_tokens=row.output_tokens, created=row.created,
        finish_reason=row.finish_reason, sampling=row.sampling, previous=row.previous_id, digest=row.digest,
        vocabulary=row.vocabulary, read=row.read, written=row.written, user=row.user, speaker=row.speaker,
        scene=row.scene,
    )  # fmt: skip


def _row(node: Node) -> dict[str, Any]:
    return {
        "id": node.id, "channel_id": node.channel, "parent_id": node.parent, "previous_id": node.previous,
        "kind": node.kind, "author": storable(node.author), "user": node.user, "speaker": storable(node.speaker),
        "input": storable(node.input), "output": storable(node.output), "input_tokens": node.input_tokens,
        "output_tokens": node.output_tokens, "finish_reason": node.finish_reason, "sampling": dict(node.sampling),
        "created": node.created or now(), "vocabulary": node.vocabulary, "read": storable(node.read),
        "written": storable(node.written), "digest": node.digest,
        "scene": dict(node.scene),
    }  # fmt: skip


def storable(text: str) -> str:
    """Return ``text`` in a form that both databases accept: no lone surrogates, no NUL."""
    return text.encode("utf-8", "replace").decode("utf-8").replace("\x00", "")


def _kind(node: Node) -> tuple[str, bool, bool]:
    """Return the properties that select the query for a turn's siblings."""
    kind = node.kind if node.kind in ("root", "draft", "say", "stage") else ""
    return kind, node.parent is None, node.previous is None


def _same(node: Node) -> dict[str, object]:
    """Return the values that all siblings share."""
    same: dict[str, object] = {"channel": node.channel}
    if node.kind == "root":
        return same | {"created": node.created} | ({} if node.previous is None else {"previous": node.previous})
    same |= {"input": storable(node.input), "author": storable(node.author)}
    return same if node.parent is None else same | {"parent": node.parent}


@cache
def _siblings(kind: tuple[str, bool, bool]) -> Select[Any]:
    """Select all answers to the same input after the same parent; for a root, the greetings of one prompt."""
    name, is_first, is_original = kind
    query = select(nodes.c.id).where(nodes.c.channel_id == bindparam("channel")).order_by(nodes.c.id)
    if name == "root":
        previous = nodes.c.previous_id
        before = previous.is_(None) if is_original else previous == bindparam("previous")
        return query.where(nodes.c.kind == "root", nodes.c.created == bindparam("created"), before)
    return query.where(
        nodes.c.input == bindparam("input"),
        nodes.c.author == bindparam("author"),
        (nodes.c.kind == "draft") == (name == "draft"),
        nodes.c.kind != "root",
        (nodes.c.kind == "say") == (name == "say"),
        (nodes.c.kind == "stage") == (name == "stage"),
        nodes.c.parent_id.is_(None) if is_first else nodes.c.parent_id == bindparam("parent"),
    )


def _path_query(columns: Any) -> Select[Any]:
    """Select the path to ``node``, at most ``turns`` of it."""
    start = select(nodes.c.id, nodes.c.parent_id, literal(0).label("depth")).where(nodes.c.id == bindparam("node"))
    walk = start.cte("walk", recursive=True)
    up = select(nodes.c.id, nodes.c.parent_id, walk.c.depth + 1).join(walk, nodes.c.id == walk.c.parent_id)
    # Parents are older than their children. A database that violates this was edited by hand and must not cause a
    # loop.
    walk = walk.union_all(up.where(walk.c.depth + 1 < bindparam("turns"), nodes.c.id < walk.c.id))
    return select(columns).join(walk, nodes.c.id == walk.c.id).order_by(walk.c.depth.desc())


NODE = select(nodes).where(nodes.c.id == bindparam("node"))
PATH, PATH_IDS = _path_query(nodes), _path_query(nodes.c.id)
