"""One transaction for everybody who wants to write at the moment: on SQLite each commit waits for the disk.

While one transaction is written to the disk, those who want to write gather; the next one takes them all. Each has a
savepoint of its own, so that what fails takes nothing else along, and goes on only when the disk has it.
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

from bot.shielding import to_the_end
from bot.store.sqlite_driver import DriverConnection, driver_of
from bot.store.trouble import sqlite_code

T = TypeVar("T")

log = logging.getLogger(__name__)

PATIENCE = 60.0  # seconds that a writer waits for another program's lock


class WritingConnection(AsyncConnection):
    """Statements that its driver carries out at once need no greenlet to wait in; no other one is cut.

    SQLAlchemy closes a connection on which somebody was cancelled, and all parts of the transaction with it.
    """

    async def execute(self, statement: Executable, parameters: Any = None, **options: Any) -> CursorResult[Any]:
        if self.sync_connection is None or not driver_of(self.sync_connection).quick:
            return await to_the_end(super().execute(statement, parameters, **options))
        return self.sync_connection.execute(statement, parameters, **options)

    async def run_sync(self, fn: Callable[..., T], *arguments: Any, **named: Any) -> T:
        return await to_the_end(super().run_sync(fn, *arguments, **named))


class Transaction:
    """One that is open: several write in it, one after the other."""

    def __init__(self, connection: AsyncConnection, driver: DriverConnection) -> None:
        self.connection = connection
        self.driver = driver
        self.committed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.committed.add_done_callback(_retrieved)

    @asynccontextmanager
    async def part(self, *, quick: bool) -> AsyncIterator[AsyncConnection]:
        """What one of them writes: all or nothing."""
        self.driver.raw.execute("SAVEPOINT part").close()
        self.driver.quick = quick
        try:
            yield self.connection
        except BaseException:
            self.driver.quick = False
            await to_the_end(self.driver.roll_back_to("part"))
            raise
        self.driver.quick = False
        self.driver.raw.execute("RELEASE part").close()


class SharedTransactions:
    """Those of one database, one after the other."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._line = asyncio.Lock()  # first come, first served
        self._open: Transaction | None = None
        self._ending: asyncio.Task[None] | None = None

    @asynccontextmanager
    async def part(self, *, quick: bool) -> AsyncIterator[AsyncConnection]:
        """Write something; at the end of the block it is on the disk. Raises what the commit raises."""
        async with self._line:
            transaction = self._open or await self._begin()
            try:
                async with transaction.part(quick=quick) as connection:
                    yield connection
            except BaseException as error:
                if not transaction.driver.raw.in_transaction:  # a full disk ends all of it, not only this part
                    self._fail(transaction, error)
                raise
        await asyncio.shield(transaction.committed)

    async def finish(self) -> None:
        """Wait until nothing is open."""
        while self._ending is not None:
            await asyncio.wait([self._ending])

    async def _begin(self) -> Transaction:
        connection = WritingConnection(self._engine)
        try:
            await to_the_end(connection.start())
            await _begun(connection)
        except BaseException:
            if connection.sync_connection is not None:
                await to_the_end(connection.close())
            raise
        self._open = Transaction(connection, driver_of(connection.sync_connection))
        self._ending = asyncio.create_task(self._end(self._open))
        return self._open

    async def _end(self, transaction: Transaction) -> None:
        """Commit, once all who stand in line have written."""
        async with self._line:
            if self._open is transaction:
                self._open = None
            try:
                if not transaction.committed.done():
                    await transaction.connection.commit()
                    transaction.committed.set_result(None)
            except Exception as error:
                await transaction.driver.abandon()  # SQLAlchemy takes a commit that failed for the end of it
                transaction.committed.set_exception(error)
            finally:
                if self._open is None:
                    self._ending = None
                await transaction.connection.close()

    def _fail(self, transaction: Transaction, error: BaseException) -> None:
        self._open = None
        transaction.committed.set_exception(
            error if isinstance(error, Exception) else RuntimeError("the transaction was rolled back")
        )


async def _begun(connection: AsyncConnection) -> None:
    """Begin a transaction, however long another program holds its own."""
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
        committed.exception()  # those who wrote in it are told; perhaps none is left
