"""An SQLite driver for SQLAlchemy's asyncio: each statement makes one round trip to aiosqlite's thread, or none.

SQLAlchemy's own adapter makes four per statement (cursor, execute, fetch, close). Whenever the event loop is busy,
each of them waits for the GIL, up to 5 ms; a turn had 90 of them. Lookups of a few rows by key take some 10
microseconds: with ``quick`` they run in the caller's thread.
"""

import sqlite3
from collections import deque
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, TypeVar

import aiosqlite
from sqlalchemy import Connection
from sqlalchemy.connectors.asyncio import AsyncAdapt_dbapi_cursor
from sqlalchemy.dialects.sqlite.aiosqlite import AsyncAdapt_aiosqlite_connection, AsyncAdapt_aiosqlite_dbapi
from sqlalchemy.exc import DBAPIError, StatementError
from sqlalchemy.util import EMPTY_DICT
from sqlalchemy.util.concurrency import await_

T = TypeVar("T")
Row = tuple[object, ...]

BEGIN = "BEGIN IMMEDIATE"


class DriverCursor(AsyncAdapt_dbapi_cursor):
    """A cursor that fetches all rows as part of the execution."""

    __slots__ = ()
    _awaitable_cursor_close = False
    _adapt_connection: "DriverConnection"
    _cursor: Any  # sqlite3.Cursor

    def __init__(self, connection: "DriverConnection") -> None:
        self._adapt_connection = connection
        self._connection = connection._connection
        self._cursor = connection.raw.cursor()
        self._rows = deque()
        self._soft_closed_memoized = EMPTY_DICT

    def execute(self, operation: Any, parameters: Any = None) -> None:
        self._rows = self._adapt_connection.run(partial(_executed, self._cursor, operation, parameters or ()))

    def executemany(self, operation: Any, seq_of_parameters: Any) -> None:
        self._adapt_connection.run(partial(self._cursor.executemany, operation, seq_of_parameters))


def _executed(cursor: sqlite3.Cursor, operation: str, parameters: Sequence[Any]) -> deque[Row]:
    cursor.execute(operation, parameters)
    return deque(cursor.fetchall() if cursor.description else ())


class DriverConnection(AsyncAdapt_aiosqlite_connection):
    """A pooled connection."""

    __slots__ = ("_patience", "quick", "raw", "uncertain")
    _cursor_cls = DriverCursor  # type: ignore[assignment]  # it has the methods that SQLAlchemy calls

    def __init__(self, dbapi: Any, connection: aiosqlite.Connection) -> None:
        super().__init__(dbapi, connection)  # type: ignore[arg-type]  # as in SQLAlchemy's own
        self.raw: sqlite3.Connection = connection._conn
        self.quick = False  # statements run in the caller's thread
        self.uncertain = False  # a caller was cancelled while the other thread worked, which may still be busy
        self._patience: int | None = None  # milliseconds, while the connection waits for no lock

    @property
    def is_idle(self) -> bool:
        """Whether nothing is open, so that there is nothing to roll back."""
        return not self.uncertain and not self.raw.in_transaction

    def run(self, work: Callable[[], T]) -> T:
        """Do ``work`` in this thread if ``quick``, otherwise in aiosqlite's."""
        if self.quick:
            return work()
        return self._in_thread(work)

    def _in_thread(self, work: Callable[[], T]) -> T:
        self.uncertain = True
        try:
            result: T = await_(self._connection._execute(work))
        except Exception as error:
            self._handle_exception(error)
        self.uncertain = False
        return result

    def begin_at_once(self) -> bool:
        """Begin a transaction that writes, in this thread. Returns False if another program holds the lock.

        From then on the connection waits for no lock, until ``wait_for_locks``. It does wait where the file system
        allows no write-ahead log: there each commit needs a lock that readers may hold.
        """
        waits = self._patience is None
        if waits:
            (self._patience,) = self.raw.execute("PRAGMA busy_timeout").fetchone()
            self.raw.execute("PRAGMA busy_timeout = 0").close()
        try:
            self.raw.execute(BEGIN).close()
        except sqlite3.Error as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:
                raise as_sqlalchemy_raises(error, BEGIN) from error
            return False
        if waits and self.raw.execute("PRAGMA journal_mode").fetchone() != ("wal",):
            self.wait_for_locks()
        return True

    def wait_for_locks(self) -> None:
        """Let the connection wait for locks as it did at first."""
        if self._patience is not None:
            self.raw.execute(f"PRAGMA busy_timeout = {self._patience}").close()
            self._patience = None

    async def begin_in_thread(self) -> None:
        """Begin a transaction that writes, waiting for the lock as long as SQLite does."""
        self.wait_for_locks()
        try:
            await self._connection.execute_fetchall(BEGIN)
        except sqlite3.Error as error:
            raise as_sqlalchemy_raises(error, BEGIN) from error

    async def commit_in_thread(self) -> None:
        """Commit what ``begin_...`` began."""
        try:
            await self._connection.commit()
        except sqlite3.Error as error:
            raise as_sqlalchemy_raises(error, "COMMIT") from error

    def commit(self) -> None:
        if self.uncertain or self.raw.in_transaction:
            self._in_thread(self.raw.commit)

    def rollback(self) -> None:
        if not self.is_idle and self._connection._connection:
            self._in_thread(self.raw.rollback)

    async def roll_back_to(self, savepoint: str) -> None:
        """Roll back to ``savepoint``, after waiting for the other thread to finish its work."""
        await self._connection.execute_fetchall("SELECT 1")
        if self.raw.in_transaction:  # otherwise everything has been rolled back
            self.raw.execute(f"ROLLBACK TO {savepoint}").close()
            self.raw.execute(f"RELEASE {savepoint}").close()


def as_sqlalchemy_raises(error: sqlite3.Error, statement: str, values: Sequence[object] = ()) -> StatementError:
    """Return the error that SQLAlchemy would raise."""
    return DBAPIError.instance(statement, values, error, sqlite3.Error)


def driver_of(connection: Connection | None) -> DriverConnection:
    """Return the driver connection behind an open connection to SQLite."""
    driver: object = None if connection is None else connection.connection.dbapi_connection
    if not isinstance(driver, DriverConnection):
        raise TypeError(f"{type(driver)} is not SQLite's")
    return driver


class Driver(AsyncAdapt_aiosqlite_dbapi):
    """The DBAPI module that SQLAlchemy is given."""

    def __init__(self) -> None:
        super().__init__(aiosqlite, sqlite3)

    def connect(self, *arguments: Any, **named: Any) -> DriverConnection:
        connection = aiosqlite.connect(*arguments, **named | {"check_same_thread": False})
        connection._thread.daemon = True  # as SQLAlchemy's own adapter does
        return DriverConnection(self, await_(connection))
