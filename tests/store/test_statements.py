"""Inserts that handle existing rows."""

from sqlalchemy import select

from bot.store import statements
from bot.store.connection import reading, writing
from bot.store.statements import insert_new, put
from bot.store.store import Store
from bot.store.tables import key_values

KEY = ["scope", "key"]


async def values(store: Store) -> list[object]:
    async with reading(store.engine) as connection:
        query = select(key_values.c.value).where(key_values.c.scope == "test").order_by(key_values.c.key)
        return list((await connection.execute(query)).scalars())


async def test_a_row_replaces_the_one_of_its_key(any_store: Store) -> None:
    rows = [{"scope": "test", "key": key, "value": key} for key in "ab"]
    async with writing(any_store.engine) as connection:
        await put(connection, key_values, rows, KEY)
        await put(connection, key_values, [{"scope": "test", "key": "b", "value": "c"}], KEY)
    assert await values(any_store) == ["a", "c"]


async def test_nothing_happens_where_a_key_is_taken(any_store: Store) -> None:
    async with writing(any_store.engine) as connection:
        for value, count in ((1, 1), (2, 0)):
            row = {"scope": "test", "key": "a", "value": value}
            made = await connection.execute(insert_new(connection, key_values), row)
            assert made.rowcount == count
    assert await values(any_store) == [1]


async def test_a_statement_is_built_once(store: Store) -> None:
    async with writing(store.engine) as connection:
        await put(connection, key_values, [{"scope": "test", "key": "a", "value": 1}], KEY)
        before = statements._replacing.cache_info().misses
        await put(connection, key_values, [{"scope": "test", "key": "b", "value": 2}], KEY)
        assert statements._replacing.cache_info().misses == before
