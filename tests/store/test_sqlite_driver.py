"""The thread that executes a statement."""

import asyncio
import sqlite3
import threading
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.store import connection as connection_module
from bot.store.connection import create_engine, database_url, dispose, writing
from bot.store.sqlite_driver import driver_of

ONE = text("SELECT note()")


@pytest.fixture
async def engine(tmp_path: Path) -> AsyncIterator[AsyncEngine]:
    """A database."""
    made = create_engine(database_url("", tmp_path))
    yield made
    await dispose(made)


async def test_quick_statements_run_here_all_others_in_a_thread(engine: AsyncEngine) -> None:
    threads: list[threading.Thread] = []
    for quick in (True, False):
        async with writing(engine, quick=quick) as connection:
            driver = driver_of(connection.sync_connection)
            driver.raw.create_function("note", 0, lambda: threads.append(threading.current_thread()))
            await connection.execute(ONE)
    assert threads[0] is threading.current_thread()
    assert threads[1] is not threading.current_thread()


async def test_rows_and_counts_come_as_from_sqlite(engine: AsyncEngine) -> None:
    async with writing(engine) as connection:
        await connection.execute(text("CREATE TABLE numbers (number INTEGER PRIMARY KEY, name TEXT)"))
        many = [{"name": name} for name in "abc"]
        await connection.execute(text("INSERT INTO numbers (name) VALUES (:name)"), many)
        changed = await connection.execute(text("UPDATE numbers SET name = 'x' WHERE number > 1"))
        assert changed.rowcount == 2
        result = await connection.execute(text("SELECT number, name FROM numbers ORDER BY number"))
        assert result.keys() == ["number", "name"]
        assert [tuple(row) for row in result] == [(1, "a"), (2, "x"), (3, "x")]


async def test_only_sqlite_has_such_a_connection() -> None:
    with pytest.raises(TypeError, match="not SQLite's"):
        driver_of(None)


async def test_a_foreign_lock_is_not_waited_for_in_this_thread(engine: AsyncEngine, tmp_path: Path) -> None:
    async with engine.connect() as connection:
        driver = driver_of(connection.sync_connection)
        patience = driver.raw.execute("PRAGMA busy_timeout").fetchone()
        with closing(sqlite3.connect(tmp_path / "roost.db", isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            assert not driver.begin_at_once(), "by default it would wait for 15 seconds, and then raise an error"
            other.execute("ROLLBACK")
        assert driver.begin_at_once()
        await driver.commit_in_thread()
        driver.wait_for_locks()
        assert driver.raw.execute("PRAGMA busy_timeout").fetchone() == patience
        assert driver.is_idle


async def test_commits_wait_for_readers_where_there_is_no_log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """SQLite keeps its other journal, without an error, where the file system allows no write-ahead log."""
    monkeypatch.setattr(connection_module, "PRAGMAS", ("journal_mode=DELETE", "busy_timeout=600000"))
    engine = create_engine(database_url("", tmp_path))
    async with writing(engine) as connection:
        await connection.execute(text("CREATE TABLE words (word TEXT)"))
    with closing(sqlite3.connect(tmp_path / "roost.db", isolation_level=None, check_same_thread=False)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT * FROM words").fetchall()
        asyncio.get_running_loop().call_later(0.1, reader.execute, "ROLLBACK")
        async with writing(engine) as connection:
            await connection.execute(text("INSERT INTO words VALUES ('owl')"))
        assert reader.execute("SELECT * FROM words").fetchall() == [("owl",)]
    await dispose(engine)
