"""Checkpoints run beside the writers, and their failures cost nothing."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path

import pytest
from sqlalchemy import text

from bot.store import checkpoints as module
from bot.store.checkpoints import PAGES_IN_LOG, Checkpoints, copy_pages
from bot.store.connection import create_engine, database_url, dispose, reading, writing
from bot.store.shared_transaction import WritingConnection
from tests.waiting import until


@pytest.fixture
def often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "EVERY", 3)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    """An open database ``roost.db`` in which nothing has been copied yet."""
    with closing(sqlite3.connect(tmp_path / "roost.db", isolation_level=None)) as opened:
        opened.execute("PRAGMA journal_mode=WAL")
        opened.execute("PRAGMA wal_autocheckpoint=0")
        opened.execute("CREATE TABLE words (word TEXT)")
        yield opened


def without_log(path: Path, target: Path) -> int:
    """Return the number of words in the database file alone; 0 if it is not whole yet."""
    target.write_bytes(path.read_bytes())
    with closing(sqlite3.connect(target)) as opened, suppress(sqlite3.DatabaseError):
        (found,) = opened.execute("SELECT count(*) FROM words").fetchone()
        return int(found)
    return 0


def test_what_is_committed_is_copied(database: sqlite3.Connection, tmp_path: Path) -> None:
    database.execute("INSERT INTO words VALUES ('owl')")
    copy_pages(tmp_path / "roost.db")
    database.execute("INSERT INTO words VALUES ('moon')")
    assert without_log(tmp_path / "roost.db", tmp_path / "copy.db") == 1


def test_an_open_transaction_is_not_waited_for(database: sqlite3.Connection, tmp_path: Path) -> None:
    database.execute("INSERT INTO words VALUES ('owl')")
    database.execute("BEGIN IMMEDIATE")
    database.execute("INSERT INTO words VALUES ('moon')")
    copy_pages(tmp_path / "roost.db")
    assert without_log(tmp_path / "roost.db", tmp_path / "copy.db") == 1
    database.execute("COMMIT")


def test_no_database_is_made_where_there_is_none(tmp_path: Path) -> None:
    with pytest.raises(sqlite3.OperationalError):
        copy_pages(tmp_path / "roost.db")
    assert not (tmp_path / "roost.db").exists()


@pytest.mark.usefixtures("often")
async def test_they_begin_by_themselves(tmp_path: Path) -> None:
    """The commits do not copy so few pages."""
    engine = create_engine(database_url("", tmp_path))
    async with writing(engine) as connection:
        await connection.execute(text("CREATE TABLE words (word TEXT)"))
    for number in range(4):
        async with writing(engine) as connection:
            await connection.execute(text("INSERT INTO words VALUES ('owl')"))
            assert isinstance(connection, WritingConnection)
            limit = connection.driver.raw.execute("PRAGMA wal_autocheckpoint").fetchone()
            assert limit == (PAGES_IN_LOG,), number
    await until(lambda: without_log(tmp_path / "roost.db", tmp_path / "copy.db") >= 2)
    async with reading(engine) as connection:
        assert (await connection.execute(text("SELECT count(*) FROM words"))).scalar_one() == 4
    await dispose(engine)


@pytest.mark.usefixtures("often")
async def test_one_that_fails_is_logged_and_the_next_begins(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    checkpoints = Checkpoints(tmp_path / "missing.db")
    for _ in range(3):
        checkpoints.count_commit()
    await checkpoints.finish()
    assert caplog.text.count("could not be copied") == 1
    for _ in range(3):
        checkpoints.count_commit()
    await checkpoints.finish()
    assert caplog.text.count("could not be copied") == 2


async def test_there_is_nothing_to_wait_for_before_the_first(tmp_path: Path) -> None:
    await Checkpoints(tmp_path / "roost.db").finish()
