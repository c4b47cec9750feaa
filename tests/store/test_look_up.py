"""Looking up a few rows."""

import threading
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Select, bindparam, func, select
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.store.connection import create_engine, database_url, dispose
from bot.store.look_up import look_up
from bot.store.prepared import prepare
from tests.conversations import SEED, last, open_conversations
from tests.fakes import FakeEngine
from tests.store.quick_readers import reader_of


@pytest.fixture
async def engine(tmp_path: Path) -> AsyncIterator[AsyncEngine]:
    """A database."""
    made = create_engine(database_url("", tmp_path))
    yield made
    await dispose(made)


async def test_a_look_up_runs_in_this_thread(engine: AsyncEngine) -> None:
    threads: list[threading.Thread] = []
    (await reader_of(engine).driver()).raw.create_function(
        "note", 0, lambda: threads.append(threading.current_thread())
    )
    await look_up(engine, select(func.note()))
    assert threads == [threading.current_thread()]


async def test_what_fails_there_is_asked_again_in_the_other_thread(engine: AsyncEngine) -> None:
    """Its error is then explained like any other."""
    (await reader_of(engine).driver()).raw.close()
    query: Select[Any] = select(bindparam("given").label("found"))
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
