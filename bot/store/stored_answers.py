"""Answers that API clients asked to store, by id, separately for each key."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Row, and_, delete, exists, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot.store.connection import now, reading, writing
from bot.store.state_deletions import note_deleted
from bot.store.statements import insert_new
from bot.store.tables import answers, channels, nodes

AnswerKind = Literal["response", "chat"]


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredAnswer:
    """A row of ``answers``."""

    id: str
    kind: AnswerKind
    body: Mapping[str, object]
    input: Sequence[object]
    metadata: Mapping[str, str] = field(default_factory=dict)
    model: str = ""
    node: int | None = None
    created: datetime | None = None  # UTC


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerPage:
    """A query for a page of a channel's answers."""

    kind: AnswerKind
    limit: int
    after: str = ""  # last id of the previous page
    ascending: bool = True
    model: str = ""  # "": any
    metadata: Mapping[str, str] = field(default_factory=dict)  # required values


class AnswerTable:
    """The table ``answers``."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def get(self, channel: int, name: str) -> StoredAnswer | None:
        """Return a channel's answer by its id."""
        query = select(answers).where(answers.c.channel_id == channel, answers.c.id == name)
        async with reading(self._engine) as connection:
            row = (await connection.execute(query)).one_or_none()
        return None if row is None else _answer(row)

    async def page(self, channel: int, page: AnswerPage) -> list[StoredAnswer]:
        """Return a page of a channel's answers, sorted by creation time."""
        query = select(answers).where(answers.c.channel_id == channel, answers.c.kind == page.kind)
        if page.model:
            query = query.where(answers.c.model == page.model)
        for key, value in page.metadata.items():
            query = query.where(answers.c.metadata[key].as_string() == value)
        created, name = answers.c.created, answers.c.id
        async with reading(self._engine) as connection:
            if page.after:
                found = await connection.execute(
                    select(created).where(answers.c.channel_id == channel, name == page.after)
                )
                if (last := found.scalar_one_or_none()) is None:
                    return []
                earlier = or_(created < last, and_(created == last, name < page.after))
                later = or_(created > last, and_(created == last, name > page.after))
                query = query.where(later if page.ascending else earlier)
            order = (created, name) if page.ascending else (created.desc(), name.desc())
            return [_answer(row) for row in await connection.execute(query.order_by(*order).limit(page.limit))]

    async def add(self, channel: int, answer: StoredAnswer) -> None:
        """Add an answer that has no turn."""
        async with writing(self._engine) as connection:
            await add_answer(connection, channel, answer)

    async def describe(self, channel: int, name: str, metadata: Mapping[str, str]) -> bool:
        """Replace the metadata. Returns whether the answer existed."""
        mine = (answers.c.channel_id == channel, answers.c.id == name)
        async with writing(self._engine) as connection:
            changed = await connection.execute(update(answers).where(*mine).values(metadata=dict(metadata)))
            return changed.rowcount > 0

    async def oldest(self, channel: int, beyond: int) -> list[str]:
        """Return the ids of a channel's answers except the ``beyond`` newest, oldest first."""
        query = select(answers.c.id).where(answers.c.channel_id == channel)
        newest = query.order_by(answers.c.created.desc(), answers.c.id.desc()).offset(beyond)
        async with reading(self._engine) as connection:
            return list(reversed((await connection.execute(newest)).scalars().all()))


async def add_answer(connection: AsyncConnection, channel: int, answer: StoredAnswer) -> None:
    """Add an answer, within the caller's transaction."""
    row = {
        "id": answer.id, "channel_id": channel, "node_id": answer.node, "kind": answer.kind, "model": answer.model,
        "created": answer.created or now(), "metadata": dict(answer.metadata), "body": dict(answer.body),
        "input": list(answer.input),
    }  # fmt: skip
    await connection.execute(insert_new(connection, answers), row)


async def forget_answers(engine: AsyncEngine, channel: int, names: Sequence[str]) -> tuple[int, list[str]]:
    """Delete answers, and their turns unless another turn or answer needs them.

    Returns how many answers there were, and the digests that no turn has any more.
    """
    deleted, digests = 0, []
    async with writing(engine) as connection:
        for name in names:
            own = delete(answers).where(answers.c.channel_id == channel, answers.c.id == name)
            row = (await connection.execute(own.returning(answers.c.node_id))).one_or_none()
            if row is not None:
                deleted += 1
                digests += await _forget_turns(connection, row.node_id)
        known = select(nodes.c.digest).where(nodes.c.digest.in_(digests))
        kept = set((await connection.execute(known)).scalars())
        gone = [digest for digest in digests if digest not in kept]
        await note_deleted(connection, gone)
    return deleted, gone


async def _forget_turns(connection: AsyncConnection, node: int | None) -> list[str]:
    """Delete the turn ``node`` and its ancestors, up to the first that something else needs."""
    digests: list[str] = []
    child = nodes.alias()
    followed = exists().where(child.c.parent_id == nodes.c.id)
    answered = exists().where(answers.c.node_id == nodes.c.id)
    stood_on = exists().where(channels.c.head_id == nodes.c.id)
    while node is not None:
        unused = delete(nodes).where(nodes.c.id == node, ~followed, ~answered, ~stood_on)
        row = (await connection.execute(unused.returning(nodes.c.parent_id, nodes.c.digest))).one_or_none()
        if row is None:
            break
        digests.append(row.digest)
        node = row.parent_id
    return digests


def _answer(row: Row[Any]) -> StoredAnswer:
    return StoredAnswer(
        id=row.id, kind=row.kind, body=row.body, input=row.input, metadata=row.metadata, model=row.model,
        node=row.node_id, created=row.created,
    )  # fmt: skip
