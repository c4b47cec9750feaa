"""Insert or update, in the words of either database."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql.dml import Insert


def upsert(
    connection: AsyncConnection, table: Table, row: Mapping[str, Any], key: Sequence[str], *, add: Sequence[str] = ()
) -> Insert:
    """Insert ``row``; where ``key`` is taken, replace the other columns, or add to those named in ``add``."""
    if connection.dialect.name == "sqlite":
        lite = sqlite.insert(table).values(**row)
        new = {name: table.c[name] + value if name in add else value for name, value in row.items() if name not in key}
        return lite.on_conflict_do_update(index_elements=list(key), set_=new)
    grown = postgresql.insert(table).values(**row)
    new = {name: table.c[name] + value if name in add else value for name, value in row.items() if name not in key}
    return grown.on_conflict_do_update(index_elements=list(key), set_=new)
