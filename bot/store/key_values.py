"""A key-value table for everything besides the tree."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import bindparam, delete, select
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.store.connection import is_sqlite, reading, writing
from bot.store.database_clock import database_seconds
from bot.store.look_up import look_up
from bot.store.statements import insert_new, put
from bot.store.tables import key_values

VALUE = select(key_values.c.value).where(key_values.c.scope == bindparam("scope"), key_values.c.key == bindparam("key"))


class KeyValues:
    """JSON values by scope and key: user settings, limits, lists, hashes, plugins' own data."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def get(self, scope: str, key: str, default: Any = None) -> Any:
        """Return the value, or ``default``."""
        found = await look_up(self._engine, VALUE, scope=scope, key=key)
        return found[0][0] if found else default

    async def set(self, scope: str, key: str, value: Any) -> None:
        """Store ``value``, which must be JSON."""
        async with writing(self._engine, quick=True) as connection:
            row = {"scope": scope, "key": key, "value": value}
            await put(connection, key_values, [row], ["scope", "key"])

    async def update(self, scope: str, key: str, change: Callable[[Any], Any]) -> Any:
        """Set ``change(value)`` in one transaction; a missing value is None, and None deletes the key.

        Concurrent changes to the same value are not lost. Returns the new value.
        """
        async with writing(self._engine, quick=True) as connection:
            mine, name = VALUE.with_for_update(), {"scope": scope, "key": key}
            row = (await connection.execute(mine, name)).one_or_none()
            if row is None and not is_sqlite(self._engine):  # a row must exist to be locked
                await connection.execute(insert_new(connection, key_values), {**name, "value": None})
                row = (await connection.execute(mine, name)).one_or_none()
            new = change(None if row is None else row[0])
            if new is not None:
                values = {"scope": scope, "key": key, "value": new}
                await put(connection, key_values, [values], ["scope", "key"])
            elif row is not None:
                own = (key_values.c.scope == scope, key_values.c.key == key)
                await connection.execute(delete(key_values).where(*own))
        return new

    async def seconds(self) -> float:
        """Return the time in seconds since 1970 by the database's clock, which is the same for all processes."""
        async with reading(self._engine) as connection:
            return await database_seconds(connection)

    async def delete(self, scope: str, key: str) -> bool:
        """Delete a key. Returns whether it existed."""
        query = delete(key_values).where(key_values.c.scope == scope, key_values.c.key == key)
        async with writing(self._engine) as connection:
            return (await connection.execute(query)).rowcount > 0

    async def items(self, scope: str) -> dict[str, Any]:
        """Return all values of ``scope``, sorted by key."""
        query = select(key_values.c.key, key_values.c.value).where(key_values.c.scope == scope)
        async with reading(self._engine) as connection:
            return {row.key: row.value for row in await connection.execute(query.order_by(key_values.c.key))}
