"""Table layout and speed: SQLite walks a blob's pages to reach the columns after it."""

import pytest
from sqlalchemy import Column, LargeBinary, Table

from bot.store.columns import Tokens
from bot.store.tables import cache_metadata, metadata, nodes

TABLES = [*metadata.sorted_tables, *cache_metadata.sorted_tables]


def is_large(column: Column[object]) -> bool:
    return isinstance(column.type, LargeBinary) and not isinstance(column.type, Tokens)


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_small_columns_stand_before_files_and_states(table: Table) -> None:
    large = [is_large(column) for column in table.columns]
    assert large == sorted(large), "small columns first"


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_what_refers_to_a_row_is_found_by_an_index(table: Table) -> None:
    """Otherwise each deleted row makes the database scan the whole referencing table."""
    first = {next(iter(index.columns)).name for index in table.indexes}
    first |= {next(iter(constraint.columns)).name for constraint in table.constraints if len(constraint.columns)}  # type: ignore[attr-defined]  # keys and unique ones
    missing = [column.name for column in table.columns if column.foreign_keys and column.name not in first]
    assert missing == [] or table.name == "usage", "usage has few rows a channel and a day"


def test_a_node_is_found_by_what_it_has_read() -> None:
    assert any([column.name for column in index.columns] == ["digest"] for index in nodes.indexes)
