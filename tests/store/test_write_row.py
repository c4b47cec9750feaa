"""Writing one row."""

from typing import Any

import pytest
from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError

from bot.store.connection import reading, writing
from bot.store.prepared import prepare
from bot.store.store import Store
from bot.store.tables import key_values
from bot.store.write_row import write_row

INSERT = insert(key_values)
RETURNING = INSERT.returning(key_values.c.value, key_values.c.key)


def row(key: str, value: object) -> dict[str, object]:
    return {"scope": "test", "key": key, "value": value}


async def values(store: Store) -> list[Any]:
    query = select(key_values.c.value).where(key_values.c.scope == "test").order_by(key_values.c.key)
    async with reading(store.engine) as connection:
        return list((await connection.execute(query)).scalars())


@pytest.mark.parametrize("quick", [True, False])
async def test_a_row_is_written_with_its_types(any_store: Store, quick: bool) -> None:
    async with writing(any_store.engine, quick=quick) as connection:
        assert (await write_row(connection, INSERT, row("a", {"one": [1, None]}))).count == 1
        written = await write_row(connection, RETURNING, row("b", ["🦉"]))
        assert [tuple(each) for each in written.rows] == [(["🦉"], "b")]
    assert await values(any_store) == [{"one": [1, None]}, ["🦉"]]


@pytest.mark.parametrize("quick", [True, False])
async def test_a_writer_that_fails_writes_nothing_and_the_next_goes_on(any_store: Store, quick: bool) -> None:
    async def twice() -> None:
        async with writing(any_store.engine, quick=quick) as connection:
            await write_row(connection, INSERT, row("a", 1))
            await write_row(connection, INSERT, row("a", 2))

    with pytest.raises(IntegrityError):
        await twice()
    async with writing(any_store.engine, quick=quick) as connection:
        await write_row(connection, INSERT, row("b", 3))
    assert await values(any_store) == [3]


async def test_a_statement_is_compiled_once_for_the_same_columns(store: Store) -> None:
    async with writing(store.engine, quick=True) as connection:
        await write_row(connection, INSERT, row("a", 1))
        compiled = prepare.cache_info().misses
        await write_row(connection, INSERT, row("b", 2))
        assert prepare.cache_info().misses == compiled
