"""Looking up a few rows."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Select, bindparam, select
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.store.connection import create_engine, database_url, dispose, reading
from bot.store.look_up import look_up
from bot.store.prepared import prepare
from bot.store.sqlite_driver import driver_of
from tests.conversations import SEED, last, open_conversations
from tests.fakes import FakeEngine


@pytest.fixture
async def engine(tmp_path: Path) -> AsyncIterator[AsyncEngine]:
    """A database."""
    made = create_engine(database_url("", tmp_path))
    yield made
    await dispose(made)


async def test_a_look_up_needs_no_thread_once_a_connection_is_there(engine: AsyncEngine) -> None:
    query: Select[Any] = select(bindparam("given").label("found"))
    assert [row.found for row in await look_up(engine, query, given=1)] == [1], "the connection is made"
    async with reading(engine) as connection:
        driver = driver_of(connection.sync_connection)
    before = driver.uncertain
    assert [row.found for row in await look_up(engine, query, given=2)] == [2]
    assert (before, driver.uncertain, driver.quick) == (False, False, False)


async def test_a_connection_that_was_given_up_is_opened_again(engine: AsyncEngine) -> None:
    """A connection is abandoned when its user is cancelled."""
    query: Select[Any] = select(bindparam("given").label("found"))
    async with reading(engine) as connection:
        await connection.invalidate()
    assert [row.found for row in await look_up(engine, query, given=1)] == [1]


async def test_what_every_message_asks_is_compiled_once(tmp_path: Path) -> None:
    async with open_conversations(tmp_path, FakeEngine()) as conversations:
        store = conversations.core.store

        async def message(text: str) -> None:
            here = await conversations.open("web", "here")
            await last(here.chat(text, author="Ann", options=SEED))
            assert await store.channels.find("web", "here")
            assert await store.values.get("nobody", "settings") is None

        await message("Hello.")
        await message("How are you?")
        compiled = prepare.cache_info().misses
        await message("And now?")
        assert prepare.cache_info().misses == compiled
