"""Stored states: found by name, within the budget, and never the cause of a failure."""

import logging
from pathlib import Path

import pytest
from sqlalchemy import text

from bot.store.connection import reading
from bot.store.state_budget import SerializedState
from bot.store.states import StateTable
from bot.store.store import Store, open_store
from tests.store.trees import budget_of, grow, new_channel, state


async def test_a_state_is_found_by_model_and_path(any_store: Store) -> None:
    states, budget = any_store.states, budget_of(any_store)
    other = SerializedState(fingerprint="n", digest="d1", data=b"another model's")
    await states.save([state("d1"), other, state("d2")], budget)
    assert await states.load("m", "d1") == b"s" * 10
    assert await states.load("n", "d1") == b"another model's", "a model switched and back finds its own"
    assert await states.load("n", "d2") is None
    assert await states.kept("m", ["d1", "d2", "d3"]) == {"d1", "d2"}
    await states.save([SerializedState(fingerprint="m", digest="d1", data=b"new")], budget)
    assert await states.load("m", "d1") == b"new"
    assert await states.nbytes() == 3 + 15 + 10
    await states.drop("m", "d1")
    assert await states.load("m", "d1") is None
    await states.forget(["d1", "d2"])
    assert await states.nbytes() == 0


async def test_the_sum_does_not_read_the_blobs(store: Store) -> None:
    async def plan(query: str) -> str:
        async with store.states._file.engine.connect() as connection:  # type: ignore[union-attr]
            reader = await connection.execution_options(reading=True)
            return str((await reader.execute(text(f"EXPLAIN QUERY PLAN {query}"))).all())

    assert "COVERING INDEX" in await plan("SELECT sum(nbytes) FROM states")


def damage(path: Path, at: int, count: int = 200) -> None:
    data = bytearray(path.read_bytes())
    data[at : at + count] = b"\xa5" * min(count, len(data) - at)
    path.write_bytes(data)


async def root_page(store: Store) -> int:
    """Return the offset of the table's first page in the file."""
    async with reading(store.states._file.engine) as connection:  # type: ignore[union-attr]
        number = (await connection.execute(text("SELECT rootpage FROM sqlite_master WHERE name = 'states'"))).scalar()
        size = (await connection.execute(text("PRAGMA page_size"))).scalar()
        await connection.execute(text("PRAGMA wal_checkpoint(TRUNCATE)"))
    return (int(number or 0) - 1) * int(size or 0)


@pytest.mark.parametrize("where", ["header", "root"])
async def test_a_damaged_file_is_thrown_away_and_told_of(
    where: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with open_store("", tmp_path) as store:
        made = await grow(store, await new_channel(store), 3)
        await store.states.save([state(node.digest, 5000) for node in made], budget_of(store))
        at = await root_page(store) if where == "root" else 0
    damage(tmp_path / "roost-states.db", at)
    caplog.set_level(logging.WARNING)
    async with open_store("", tmp_path) as store:
        assert await store.states.load("m", made[0].digest) is None
        assert await store.states.nbytes() == 0
        await store.states.save([state("new")], budget_of(store))
        assert await store.states.load("m", "new") is not None
        assert len(await store.nodes.path(made[-1].id)) == 4
    assert [record.message for record in caplog.records if "thrown away" in record.message] != []


async def test_a_lost_table_costs_nothing_but_time(any_store: Store) -> None:
    states = any_store.states
    await states.save([state("d")], budget_of(any_store))
    engine = states._server if states._file is None else states._file.engine
    async with engine.connect() as connection:
        await connection.execute(text("DROP TABLE states"))
        await connection.commit()
    assert await states.load("m", "d") is None
    assert await states.kept("m", ["d"]) == set()
    assert await states.save([state("d")], budget_of(any_store)) == 0
    assert isinstance(states, StateTable)
