"""Group commit for SQLite, where each commit waits for the disk.

While one transaction is written to disk, new writers gather, and the next transaction takes them all. Each writer has
its own savepoint, so that a failure affects nobody else, and continues only after the commit.
"""

import asyncio
import logging
import sqlite3
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any, TypeVar

from sqlalchemy import CursorResult, Executable
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot.shielding import run_to_completion
from bot.store.checkpoints import Checkpoints
from bot.store.database_errors import sqlite_code
from bot.store.sqlite_driver import DriverConnection, driver_of

T = TypeVar("T")

log = logging.getLogger(__name__)

PATIENCE = 60.0  # seconds that a writer waits for another program's lock


class WritingConnection(AsyncConnection):
    """A connection without needless context switches.

    Statements that the driver executes synchronously need no greenlet. No other statement is ever cancelled:
    SQLAlchemy would close the connection, and with it all parts of the transaction.
    """

    driver: DriverConnection  # while connected

    async def connect(self) -> None:
        """Take a connection from the pool. To SQLAlchemy everything done on it is one transaction, never begun."""
        try:
            await run_to_completion(self.start())
            await self.execution_options(reading=True)
        except BaseException:
            await self.disconnect()
            raise
        self.driver = driver_of(self.sync_connection)

    async def disconnect(self) -> None:
        """Return the connection to the pool."""
        if self.sync_connection is not None:
            await run_to_completion(self.close())

    async def execute(self, statement: Executable, parameters: Any = None, **options: Any) -> CursorResult[Any]:
        if self.sync_connection is None or not self.driver.quick:
            return await run_to_completion(super().execute(statement, parameters, **options))
        return self.sync_connection.execute(statement, parameters, **options)

    async def run_sync(self, fn: Callable[..., T], *arguments: Any, **named: Any) -> T:
        return await run_to_completion(super().run_sync(fn, *arguments, **named))


def quick_driver(connection: AsyncConnection) -> DriverConnection | None:
    """Return the driver if statements are to run in this thread."""
    return connection.driver if isinstance(connection, WritingConnection) and connection.driver.quick else None


class Transaction:
    """An open transaction, in which several writers write one after the other."""

    def __init__(self, connection: WritingConnection) -> None:
        self.connection = connection
        self.driver = connection.driver
        self._writers: list[asyncio.Future[None]] = []  # those that have written

    def committed(self) -> "asyncio.Future[None]":
        """Return a future of the commit, for one more writer."""
        writer = asyncio.get_running_loop().create_future()
        self._writers.append(writer)
        return writer

    def succeed(self) -> None:
        """Let all writers continue."""
        for writer in self._writers:
            if not writer.done():  # cancelled
                writer.set_result(None)

    def fail(self, error: BaseException) -> None:
        """Tell all writers that nothing was written."""
        known = error if isinstance(error, Exception) else RuntimeError("the transaction was rolled back")
        for writer in self._writers:
            if not writer.done():
                writer.set_exception(known)


class Part:
    """One writer's part of a transaction, all or nothing. Leaving the block waits for the commit."""

    __slots__ = ("_quick", "_shared", "_transaction")

    def __init__(self, shared: "SharedTransactions", *, quick: bool) -> None:
        self._shared = shared
        self._quick = quick

    async def __aenter__(self) -> AsyncConnection:
        self._transaction = transaction = await self._shared.join()
        transaction.driver.quick = self._quick
        return transaction.connection

    async def __aexit__(self, kind: object, error: BaseException | None, traceback: object) -> None:
        transaction, driver = self._transaction, self._transaction.driver
        driver.quick = False
        try:
            if error is None:
                driver.raw.execute("RELEASE part").close()
            else:
                await run_to_completion(driver.roll_back_to("part"))
        except BaseException as failure:
            error = failure
            raise
        finally:
            self._shared.leave(transaction, error)
        if error is None:
            await transaction.committed()


class SharedTransactions:
    """The transactions of one database, one after the other, on a connection that stays open."""

    def __init__(self, engine: AsyncEngine, checkpoints: Checkpoints | None) -> None:
        self._engine = engine
        self._checkpoints = checkpoints
        self._line = asyncio.Lock()  # first come, first served
        self._waiting = 0  # writers in line
        self._connection: WritingConnection | None = None
        self._open: Transaction | None = None
        self._ending: asyncio.Task[None] | None = None

    def part(self, *, quick: bool) -> Part:
        """Return a context that yields a connection for writing and raises the commit's error."""
        return Part(self, quick=quick)

    async def join(self) -> Transaction:
        """Wait in line, and set a savepoint in the open transaction or in a new one."""
        self._waiting += 1
        try:
            await self._line.acquire()
        finally:
            self._waiting -= 1
        try:
            transaction = self._open or await self._begin()
            transaction.driver.raw.execute("SAVEPOINT part").close()
            return transaction
        except BaseException:
            self._line.release()
            raise

    def leave(self, transaction: Transaction, error: BaseException | None) -> None:
        """Let the next writer in."""
        # a full disk ends the whole transaction, not only this part
        if error is not None and not transaction.driver.raw.in_transaction:
            self._open = None
            transaction.fail(error)
        self._line.release()

    async def finish(self) -> None:
        """Wait until nobody is writing or waiting in line, and close the connection."""
        while True:
            async with self._line:  # whoever had it may have begun a transaction
                ending = self._ending
                is_open = ending is not None and not ending.done()
                if not is_open and not self._waiting:
                    if self._checkpoints is not None:
                        await self._checkpoints.finish()
                    return await self._disconnect()
            if ending is not None and is_open:
                await asyncio.wait([ending])

    async def _begin(self) -> Transaction:
        connection = self._connection or WritingConnection(self._engine)
        if self._connection is None:
            await connection.connect()
            self._connection = connection
        try:
            await _begun(connection.driver)
        except BaseException:  # if it was cancelled, the transaction may have begun
            await self._disconnect()
            raise
        self._open = Transaction(connection)
        self._ending = asyncio.create_task(self._end(self._open))
        return self._open

    async def _disconnect(self) -> None:
        if (connection := self._connection) is not None:
            self._connection = None
            with suppress(sqlite3.Error):  # it is broken, and will not be used again
                connection.driver.wait_for_locks()
            await connection.disconnect()

    async def _end(self, transaction: Transaction) -> None:
        """Commit, once everyone waiting in line has written."""
        async with self._line:
            try:
                if self._open is transaction:
                    self._open = None
                    await transaction.driver.commit_in_thread()
                    transaction.succeed()
                    if self._checkpoints is not None:
                        self._checkpoints.count_commit()
            except Exception as error:
                transaction.fail(error)
                await self._disconnect()  # which rolls back
            finally:
                if self._open is None:
                    self._ending = None


async def _begun(driver: DriverConnection) -> None:
    """Begin a transaction, waiting while another program holds the lock."""
    deadline = time.monotonic() + PATIENCE
    if driver.begin_at_once():
        return
    while True:
        try:
            await run_to_completion(driver.begin_in_thread())
            return
        except DBAPIError as error:
            if sqlite_code(error) != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
            log.warning("another program has locked the database; waiting for it")
