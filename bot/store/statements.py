"""Inserts that handle existing rows. Statements are cached: building one takes longer than executing it."""

from collections.abc import Mapping, Sequence
from functools import cache

from sqlalchemy import Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql.dml import Insert

from bot.store.write_row import write_row


def insert_new(connection: AsyncConnection, table: Table) -> Insert:
    """Return an insert statement that does nothing if the key exists."""
    return _new(connection.sync_engine.dialect.name, table)


async def put(
    connection: AsyncConnection, table: Table, rows: Sequence[Mapping[str, object]], key: Sequence[str],
    *, add: Sequence[str] = (),
) -> None:  # fmt: skip
    """Insert ``rows``, which have the same columns.

    If ``key`` exists, replace the other columns, or add to ``add``.
    """
    statement = _replacing(connection.sync_engine.dialect.name, table, tuple(rows[0]), tuple(key), tuple(add))
    if len(rows) == 1:
        await write_row(connection, statement, rows[0])
    else:
        await connection.execute(statement, rows)


@cache
def _new(dialect: str, table: Table) -> Insert:
    return _insert(dialect, table).on_conflict_do_nothing()


@cache
def _replacing(
    dialect: str, table: Table, names: tuple[str, ...], key: tuple[str, ...], add: tuple[str, ...]
) -> Insert:
    statement = _insert(dialect, table)
    given = statement.excluded
    new = {name: table.c[name] + given[name] if name in add else given[name] for name in names if name not in key}
    return statement.on_conflict_do_update(index_elements=list(key), set_=new)


def _insert(dialect: str, table: Table) -> sqlite.Insert | postgresql.Insert:
    return sqlite.insert(table) if dialect == "sqlite" else postgresql.insert(table)
