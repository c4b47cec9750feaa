"""Group commit for SQLite, where each commit waits for the disk.

While one transaction is written to disk, new writers gather, and the next transaction takes them all. Each writer has
its own savepoint, so that a failure affects nobody else, and continues only after the commit.
"""

import asyncio
import logging
import sqlite3
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, TypeVar

from sqlalchemy import CursorResult, Executable
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot.shielding import run_to_completion
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

    async def execute(self, statement: Executable, parameters: Any = None, **options: Any) -> CursorResult[Any]:
        if self.sync_connection is None or quick_driver(self) is None:
            return await run_to_completion(super().execute(statement, parameters, **options))
        return self.sync_connection.execute(statement, parameters, **options)

    async def run_sync(self, fn: Callable[..., T], *arguments: Any, **named: Any) -> T:
        return await run_to_completion(super().run_sync(fn, *arguments, **named))


def quick_driver(connection: AsyncConnection) -> DriverConnection | None:
    """Return the driver if statements are to run in this thread."""
    if not isinstance(connection, WritingConnection):
        return None
    driver = driver_of(connection.sync_connection)
    return driver if driver.quick else None


class Transaction:
    """An open transaction, in which several writers write one after the other."""

    def __init__(self, connection: AsyncConnection, driver: DriverConnection) -> None:
        self.connection = connection
        self.driver = driver
        self.committed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.committed.add_done_callback(_retrieved)

    @asynccontextmanager
    async def part(self, *, quick: bool) -> AsyncIterator[AsyncConnection]:
        """Yield the connection for one writer's part, all or nothing."""
        self.driver.raw.execute("SAVEPOINT part").close()
        self.driver.quick = quick
        try:
            yield self.connection
        except BaseException:
            self.driver.quick = False
            await run_to_completion(self.driver.roll_back_to("part"))
            raise
        self.driver.quick = False
        self.driver.raw.execute("RELEASE part").close()


class SharedTransactions:
    """The transactions of one database, one after the other."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._line = asyncio.Lock()  # first come, first served
        self._open: Transaction | None = None
        self._ending: asyncio.Task[None] | None = None

    @asynccontextmanager
    async def part(self, *, quick: bool) -> AsyncIterator[AsyncConnection]:
        """Yield a connection for writing. The block's end waits for the commit and raises its error."""
        async with self._line:
            transaction = self._open or await self._begin()
            try:
                async with transaction.part(quick=quick) as connection:
                    yield connection
            except BaseException as error:
                # a full disk ends the whole transaction, not only this part
                if not transaction.driver.raw.in_transaction:
                    self._fail(transaction, error)
                raise
        await asyncio.shield(transaction.committed)

    async def finish(self) -> None:
        """Wait until no transaction is open."""
        while self._ending is not None:
            await asyncio.wait([self._ending])

    async def _begin(self) -> Transaction:
        connection = WritingConnection(self._engine)
        try:
            await run_to_completion(connection.start())
            await _begun(connection)
        except BaseException:
            if connection.sync_connection is not None:
                await run_to_completion(connection.close())
            raise
        self._open = Transaction(connection, driver_of(connection.sync_connection))
        self._ending = asyncio.create_task(self._end(self._open))
        return self._open

    async def _end(self, transaction: Transaction) -> None:
        """Commit, once everyone waiting in line has written."""
        async with self._line:
            if self._open is transaction:
                self._open = None
            try:
                if not transaction.committed.done():
                    await transaction.connection.commit()
                    transaction.committed.set_result(None)
            except Exception as error:
                await transaction.driver.abandon()  # SQLAlchemy treats a failed commit as the end of the transaction
                transaction.committed.set_exception(error)
            finally:
                try:
                    await transaction.connection.close()
                finally:  # only now may `finish` let the pool be disposed of
                    if self._open is None:
                        self._ending = None

    def _fail(self, transaction: Transaction, error: BaseException) -> None:
        self._open = None
        transaction.committed.set_exception(
            error if isinstance(error, Exception) else RuntimeError("the transaction was rolled back")
        )


async def _begun(connection: AsyncConnection) -> None:
    """Begin a transaction, waiting while another program holds the lock."""
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            await connection.begin()
            return
        except DBAPIError as error:
            if sqlite_code(error) != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
            log.warning("another program has locked the database; waiting for it")


def _retrieved(committed: "asyncio.Future[None]") -> None:
    if not committed.cancelled():
        committed.exception()  # mark as retrieved: the writers get the error, but there may be none left
