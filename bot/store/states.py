"""Queries on kept states: which are there, and which go when they take too much of the disk."""

from collections.abc import Sequence

from sqlalchemy import CompoundSelect, delete, func, literal, select, union, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot.store.connection import now, reading, writing
from bot.store.tables import bookmarks, channels, nodes, prompt_states, states
from bot.store.upsert import upsert


class StateTable:
    """The tables ``states`` and ``prompt_states``. Bytes in, bytes out; what they mean is the engine's business."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def load(self, node: int, fingerprint: str) -> bytes | None:
        """The kept state of ``node``, if it is one of ``fingerprint``'s."""
        query = select(states.c.data).where(states.c.node_id == node, states.c.fingerprint == fingerprint)
        async with reading(self._engine) as connection:
            return (await connection.execute(query)).scalar_one_or_none()

    async def kept(self, node_ids: Sequence[int], fingerprint: str) -> set[int]:
        """Which of the nodes have a state of ``fingerprint``."""
        query = select(states.c.node_id).where(states.c.fingerprint == fingerprint)
        found: set[int] = set()
        async with reading(self._engine) as connection:
            for start in range(0, len(node_ids), 500):  # SQLite limits the variables of a statement
                part = states.c.node_id.in_(node_ids[start : start + 500])
                found.update((await connection.execute(query.where(part))).scalars())
        return found

    async def save(self, node: int, fingerprint: str, data: bytes) -> None:
        """Keep a state that was rebuilt."""
        async with writing(self._engine) as connection:
            await insert_state(connection, node, fingerprint, data)

    async def drop(self, node: int) -> None:
        """Forget the state of ``node`` (a corrupt one)."""
        async with writing(self._engine) as connection:
            await connection.execute(delete(states).where(states.c.node_id == node))

    async def touch(self, node_ids: Sequence[int]) -> None:
        """Mark the states as just used."""
        if node_ids:
            async with writing(self._engine) as connection:
                await connection.execute(update(states).where(states.c.node_id.in_(node_ids)).values(used=now()))

    async def load_prompt(self, key: str) -> bytes | None:
        """The state of a prompt's start by its hash."""
        async with reading(self._engine) as connection:
            found = await connection.execute(select(prompt_states.c.data).where(prompt_states.c.hash == key))
            return found.scalar_one_or_none()

    async def save_prompt(self, key: str, data: bytes) -> None:
        """Keep the state of a prompt's start."""
        async with writing(self._engine) as connection:
            row = {"hash": key, "data": data, "nbytes": len(data), "used": now()}
            await connection.execute(upsert(connection, prompt_states, row, ["hash"]))

    async def drop_prompt(self, key: str) -> None:
        """Forget the state of a prompt's start (a corrupt one)."""
        async with writing(self._engine) as connection:
            await connection.execute(delete(prompt_states).where(prompt_states.c.hash == key))

    async def nbytes(self) -> int:
        """Bytes that kept states take, prompts' included."""
        async with reading(self._engine) as connection:
            total = 0
            for table in (states, prompt_states):
                total += int(
                    (await connection.execute(select(func.coalesce(func.sum(table.c.nbytes), 0)))).scalar_one()
                )
            return total

    async def prune(self, budget: int, keep_turns: int) -> int:
        """Drop states, least recently used first, until they fit ``budget`` bytes. Returns how many went.

        Those of every HEAD and the ``keep_turns`` turns up to it, and of every bookmark, stay whatever the budget.
        """
        if (excess := await self.nbytes() - budget) <= 0:
            return 0
        kept = protected(keep_turns)
        query = select(states.c.node_id, states.c.nbytes).where(states.c.node_id.not_in(kept)).order_by(states.c.used)
        async with writing(self._engine) as connection:
            going = []
            for node, size in (await connection.execute(query)).all():
                if excess <= 0:
                    break
                going.append(node)
                excess -= size
            for start in range(0, len(going), 500):
                await connection.execute(delete(states).where(states.c.node_id.in_(going[start : start + 500])))
            if excess > 0:  # prompts are rebuilt soonest: only those unused for long remain to go
                await self._prune_prompts(connection, excess)
        return len(going)

    async def _prune_prompts(self, connection: AsyncConnection, excess: int) -> None:
        query = select(prompt_states.c.hash, prompt_states.c.nbytes).order_by(prompt_states.c.used.desc()).offset(8)
        for key, size in reversed((await connection.execute(query)).all()):
            if excess <= 0:
                return
            await connection.execute(delete(prompt_states).where(prompt_states.c.hash == key))
            excess -= size


def protected(keep_turns: int) -> CompoundSelect[int]:
    """Ids of the nodes whose states are likely to be resumed."""
    tips = union(
        select(channels.c.head_id.label("id")).where(channels.c.head_id.is_not(None)),
        select(channels.c.draft_id).where(channels.c.draft_id.is_not(None)),
    ).subquery()
    walk = select(tips.c.id, literal(1).label("depth")).cte("walk", recursive=True)
    step = select(nodes.c.parent_id, walk.c.depth + 1).join(walk, nodes.c.id == walk.c.id)
    walk = walk.union_all(step.where(walk.c.depth < keep_turns, nodes.c.parent_id.is_not(None)))
    return select(walk.c.id).union(select(bookmarks.c.node_id))


async def insert_state(connection: AsyncConnection, node: int, fingerprint: str, data: bytes) -> None:
    """Put a state in place, within the caller's transaction."""
    row = {"node_id": node, "fingerprint": fingerprint, "data": data, "nbytes": len(data), "used": now()}
    await connection.execute(upsert(connection, states, row, ["node_id"]))
