"""Concurrent writers share a transaction, and nothing else."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import aiosqlite
import pytest
from sqlalchemy import event, text
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.store.connection import create_engine, database_url, dispose, reading, writing
from bot.store.database_errors import FULL, StoreError
from bot.store.shared_transaction import WritingConnection
from tests.store.commits import Commits
from tests.waiting import until

WRITE = text("INSERT INTO words VALUES (:word)")


@pytest.fixture
async def engine(tmp_path: Path) -> AsyncIterator[AsyncEngine]:
    """A database with one table."""
    made = create_engine(database_url("", tmp_path))
    async with writing(made) as connection:
        await connection.execute(text("CREATE TABLE words (word TEXT UNIQUE)"))
    yield made
    await dispose(made)


async def words(engine: AsyncEngine) -> list[str]:
    async with reading(engine) as connection:
        return sorted((await connection.execute(text("SELECT word FROM words"))).scalars())


async def write(engine: AsyncEngine, *given: str, quick: bool = True) -> None:
    async with writing(engine, quick=quick) as connection:
        for word in given:
            await connection.execute(WRITE, {"word": word})


@pytest.fixture
def commits(monkeypatch: pytest.MonkeyPatch) -> Commits:
    return Commits(monkeypatch)


def paused(monkeypatch: pytest.MonkeyPatch, method: str) -> tuple[asyncio.Event, asyncio.Event]:
    """Pause a method of WritingConnection; return the events that it was called and that it may go on."""
    called, released, real = asyncio.Event(), asyncio.Event(), getattr(WritingConnection, method)

    async def wait(connection: WritingConnection) -> None:
        called.set()
        await released.wait()
        await real(connection)

    monkeypatch.setattr(WritingConnection, method, wait)
    return called, released


@pytest.mark.parametrize("quick", [True, False])
async def test_many_writers_wait_for_the_disk_together(engine: AsyncEngine, commits: Commits, quick: bool) -> None:
    names = [f"word {number:02}" for number in range(50)]
    await asyncio.gather(*(write(engine, name, quick=quick) for name in names))
    assert await words(engine) == names
    assert commits.count <= 2, "the first one may go alone"


async def test_what_fails_takes_nothing_along(engine: AsyncEngine) -> None:
    writers = [write(engine, "owl"), write(engine, "moon", "owl"), write(engine, "tree")]
    first, second, third = await asyncio.gather(*writers, return_exceptions=True)
    assert isinstance(second, Exception)
    assert (first, third) == (None, None)
    assert await words(engine) == ["owl", "tree"]


async def test_nobody_goes_on_before_the_disk_has_it(engine: AsyncEngine, tmp_path: Path) -> None:
    """A writer may rely on it as soon as the call returns."""

    async def one(number: int) -> None:
        await write(engine, f"word {number}")
        with closing(sqlite3.connect(tmp_path / "roost.db")) as other:
            assert other.execute("SELECT count(*) FROM words WHERE word = ?", (f"word {number}",)).fetchone() == (1,)

    await asyncio.gather(*(one(number) for number in range(10)))


async def test_a_commit_that_fails_is_told_to_all(engine: AsyncEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    async def full(connection: aiosqlite.Connection) -> None:
        error = sqlite3.OperationalError("database or disk is full")
        error.sqlite_errorcode = sqlite3.SQLITE_FULL
        raise error

    with monkeypatch.context() as patch:
        patch.setattr(aiosqlite.Connection, "commit", full)
        outcomes = await asyncio.gather(*(write(engine, name) for name in "abc"), return_exceptions=True)
    assert [isinstance(each, StoreError) and each.message == FULL for each in outcomes] == [True] * 3
    assert await words(engine) == []
    await write(engine, "d")
    assert await words(engine) == ["d"]


async def test_what_ends_the_whole_transaction_is_told_to_those_before(engine: AsyncEngine) -> None:
    """As SQLite does when the disk is full: everything is rolled back."""

    async def ending() -> None:
        async with writing(engine) as connection:
            await connection.execute(text("ROLLBACK"))
            raise RuntimeError("the disk is full")

    outcomes = await asyncio.gather(write(engine, "a"), ending(), write(engine, "b"), return_exceptions=True)
    assert [type(each) for each in outcomes] == [RuntimeError, RuntimeError, type(None)]
    assert await words(engine) == ["b"]


@pytest.mark.parametrize("quick", [True, False])
async def test_one_who_is_cancelled_leaves_nothing_and_the_others_go_on(engine: AsyncEngine, quick: bool) -> None:
    begun = asyncio.Event()

    async def slow() -> None:
        async with writing(engine, quick=quick) as connection:
            await connection.execute(WRITE, {"word": "half"})
            begun.set()
            await asyncio.Event().wait()

    first = asyncio.create_task(slow())
    await begun.wait()
    others = [asyncio.create_task(write(engine, name)) for name in "ab"]
    first.cancel()
    await asyncio.gather(*others)
    await asyncio.gather(first, return_exceptions=True)
    assert first.cancelled()
    assert await words(engine) == ["a", "b"]


async def test_a_statement_that_is_cancelled_costs_the_others_nothing(engine: AsyncEngine) -> None:
    """SQLAlchemy would close the connection."""
    first = asyncio.create_task(write(engine, "first"))
    slow = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 300000) SELECT max(i) FROM n"
    begun = asyncio.Event()

    async def counting() -> None:
        async with writing(engine) as connection:
            begun.set()
            await connection.execute(text(slow))

    counter = asyncio.create_task(counting())
    await begun.wait()
    last = asyncio.create_task(write(engine, "last"))
    counter.cancel()
    await asyncio.gather(first, counter, last, return_exceptions=True)
    assert counter.cancelled()
    assert await words(engine) == ["first", "last"]


async def test_one_who_is_cancelled_while_it_waits_takes_no_place(engine: AsyncEngine) -> None:
    release = asyncio.Event()

    async def holding() -> None:
        async with writing(engine):
            await release.wait()

    held = asyncio.create_task(holding())
    waiting = [asyncio.create_task(write(engine, name)) for name in "ab"]
    await asyncio.sleep(0)
    waiting[0].cancel()
    release.set()
    await asyncio.gather(held, *waiting, return_exceptions=True)
    assert await words(engine) == ["b"]


async def test_closing_waits_for_what_is_being_written(tmp_path: Path, commits: Commits) -> None:
    made = create_engine(database_url("", tmp_path))
    await _table(made)
    commits.count = 0
    writer = asyncio.create_task(write(made, "last"))
    await until(lambda: commits.count)
    await dispose(made)
    await writer
    with closing(sqlite3.connect(tmp_path / "roost.db")) as other:
        assert other.execute("SELECT word FROM words").fetchall() == [("last",)]


async def test_closing_waits_for_one_who_is_about_to_begin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = create_engine(database_url("", tmp_path))
    await _table(made)
    await dispose(made)
    connecting, released = paused(monkeypatch, "connect")
    writer = asyncio.create_task(write(made, "last"))
    await connecting.wait()
    disposed = asyncio.create_task(dispose(made))
    await asyncio.sleep(0)
    released.set()
    await asyncio.gather(disposed, writer)
    with closing(sqlite3.connect(tmp_path / "roost.db")) as other:
        assert other.execute("SELECT word FROM words").fetchall() == [("last",)], "the writer was told that it is kept"


async def test_one_who_comes_while_it_closes_leaves_no_connection_open(tmp_path: Path) -> None:
    made, release = create_engine(database_url("", tmp_path)), asyncio.Event()
    open_now: set[object] = set()
    event.listen(made.sync_engine, "connect", lambda connection, _: open_now.add(connection))
    event.listen(made.sync_engine, "close", lambda connection, _: open_now.discard(connection))
    await _table(made)
    assert open_now

    async def holding() -> None:
        async with writing(made):
            await release.wait()

    held = asyncio.create_task(holding())
    await asyncio.sleep(0)
    disposed = asyncio.create_task(dispose(made))
    await asyncio.sleep(0)
    late = asyncio.create_task(write(made, "late"))
    await asyncio.sleep(0)
    release.set()
    await asyncio.gather(held, disposed, late)
    assert not open_now
    with closing(sqlite3.connect(tmp_path / "roost.db")) as other:
        assert other.execute("SELECT word FROM words").fetchall() == [("late",)]


async def test_closing_waits_for_the_connection_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One that came back after its pool was disposed of would never be closed."""
    made = create_engine(database_url("", tmp_path))
    closing_now, released = paused(monkeypatch, "close")
    await _table(made)
    disposed = asyncio.create_task(dispose(made))
    await closing_now.wait()
    assert not disposed.done()
    released.set()
    await disposed


async def _table(engine: AsyncEngine) -> None:
    async with writing(engine) as connection:
        await connection.execute(text("CREATE TABLE words (word TEXT UNIQUE)"))
