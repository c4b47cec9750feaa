"""Waiting for another program's lock, and the error when that takes too long."""

import asyncio
import sqlite3
import threading
import time
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from bot.store import connection as connection_module
from bot.store import shared_transaction
from bot.store.connection import create_engine, database_url, reading, writing
from bot.store.database_errors import LOCKED, StoreError
from bot.store.store import Store, open_store
from tests.store.trees import grow, new_channel
from tests.waiting import until


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """SQLite itself gives up immediately; we do not."""
    pragmas = tuple(each for each in connection_module.PRAGMAS if "busy" not in each)
    monkeypatch.setattr(connection_module, "PRAGMAS", (*pragmas, "busy_timeout=5"))


@pytest.mark.usefixtures("impatient")
async def test_a_foreign_lock_is_waited_for(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async with open_store("", tmp_path) as store:
        channel = await new_channel(store)
        with closing(sqlite3.connect(tmp_path / "roost.db", isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            saying = asyncio.create_task(grow(store, channel, 1))
            await until(lambda: "another program" in caplog.text)
            assert await store.nodes.count() == 1, "reading goes on meanwhile"
            other.execute("ROLLBACK")
            (made,) = await saying
        assert await store.nodes.get(made.id) == made


@pytest.mark.usefixtures("impatient")
async def test_one_that_never_ends_is_told_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with open_store("", tmp_path) as store:
        channel = await new_channel(store)
        monkeypatch.setattr(shared_transaction, "PATIENCE", 0.0)
        with closing(sqlite3.connect(tmp_path / "roost.db", isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            with pytest.raises(StoreError) as raised:
                await grow(store, channel, 1)
            assert raised.value.message == LOCKED
            other.execute("ROLLBACK")
        await grow(store, channel, 1)


@pytest.mark.usefixtures("impatient")
async def test_one_who_stops_waiting_for_it_holds_no_lock(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async with open_store("", tmp_path) as store:
        channel = await new_channel(store)
        with closing(sqlite3.connect(tmp_path / "roost.db", isolation_level=None, timeout=60)) as other:
            other.execute("BEGIN IMMEDIATE")
            saying = asyncio.create_task(grow(store, channel, 1))
            await until(lambda: "another program" in caplog.text)
            saying.cancel()
            other.execute("ROLLBACK")
            await asyncio.wait([saying])
            other.execute("BEGIN IMMEDIATE")
            other.execute("ROLLBACK")
        assert await store.nodes.count() == 1
        await grow(store, channel, 1)


async def fail_within(store: Store) -> None:
    async with writing(store.engine) as connection:
        await connection.execute(text("INSERT INTO key_values (scope, key, value) VALUES ('a', 'b', '1')"))
        raise RuntimeError("enough")


async def test_a_failed_transaction_leaves_nothing(any_store: Store) -> None:
    with pytest.raises(RuntimeError, match="enough"):
        await fail_within(any_store)
    assert await any_store.values.items("a") == {}


async def test_a_connection_that_is_cancelled_while_it_opens_leaves_no_thread(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Such a thread would call into a closed event loop."""
    real, opening = sqlite3.connect, threading.Event()

    def slow(*arguments: Any, **named: Any) -> Any:
        opening.set()
        time.sleep(0.2)
        return real(*arguments, **named)

    async def look() -> None:
        async with reading(engine):
            pass

    monkeypatch.setattr(sqlite3, "connect", slow)
    before, engine = set(threading.enumerate()), create_engine(database_url("", tmp_path))
    looking = asyncio.create_task(look())
    await until(opening.is_set)
    looking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await looking
    await engine.dispose()
    # it ends on its own once it has closed; other tests' threads may end meanwhile
    await until(lambda: set(threading.enumerate()) <= before)


async def test_a_nul_in_a_text_is_no_accident(any_store: Store) -> None:
    assert await any_store.accounts.find("an\0n") is None
    for name in ("a\0", "b"):
        await any_store.invitations.add(name, "for\0Ann", timedelta(days=1))
    assert await any_store.invitations.holds("a\0")
    await any_store.values.set("s\0", "k\0", {"text": "a\0b"})
    assert await any_store.values.get("s\0", "k\0") == {"text": "a\0b"}
