"""Queries compiled once for SQLite, whose driver is then asked directly: a fifth of the time that SQLAlchemy takes."""

import sqlite3
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import Dialect, Row, Select
from sqlalchemy.engine import result_tuple

Processor = Callable[[Any], Any]  # converts a value to or from what the driver takes
KEPT = 128  # compiled queries; those that every message makes are constants of this package


@dataclass(frozen=True, slots=True)
class Parameter:
    """A bound parameter of a query."""

    name: str
    default: object  # the value in the query itself
    convert: Processor | None

    def value(self, values: Mapping[str, object]) -> object:
        given = values.get(self.name, self.default)
        return given if self.convert is None else self.convert(given)


@dataclass(frozen=True, slots=True)
class Prepared:
    """A compiled query."""

    text: str
    parameters: tuple[Parameter, ...]
    converters: tuple[tuple[int, Processor], ...]  # for the columns that need one
    row: Callable[[Iterable[Any]], Row[Any]]

    def run(self, connection: sqlite3.Connection, values: Mapping[str, object]) -> list[Row[Any]]:
        """Return all rows, as SQLAlchemy would. Raises sqlite3.Error."""
        cursor = connection.execute(self.text, [parameter.value(values) for parameter in self.parameters])
        try:
            return [self._converted(found) for found in cursor]
        finally:
            cursor.close()

    def _converted(self, found: tuple[Any, ...]) -> Row[Any]:
        values = list(found)
        for place, convert in self.converters:
            values[place] = convert(values[place])
        return self.row(values)


@lru_cache(KEPT)
def prepare(query: Select[Any], dialect: Dialect) -> Prepared:
    """Compile a query without lists of values (``IN``)."""
    compiled = query.compile(dialect=dialect)
    names: list[str] = getattr(compiled, "positiontup", None) or []
    parameters = [
        Parameter(name, compiled.params[name], compiled.binds[name].type.dialect_impl(dialect).bind_processor(dialect))
        for name in names
    ]
    columns = list(query.selected_columns)
    converters = [column.type.dialect_impl(dialect).result_processor(dialect, None) for column in columns]
    needed = tuple((place, convert) for place, convert in enumerate(converters) if convert is not None)
    return Prepared(str(compiled), tuple(parameters), needed, result_tuple([str(column.key) for column in columns]))
