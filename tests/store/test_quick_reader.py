"""The connection that lookups use."""

import asyncio
import threading
from pathlib import Path

import pytest

from bot.store.connection import create_engine, database_url, dispose, quick_reader
from tests.store.quick_readers import reader_of
from tests.waiting import until


async def test_all_share_one_connection_which_closes_with_the_engine(tmp_path: Path) -> None:
    before = set(threading.enumerate())
    engine = create_engine(database_url("", tmp_path))
    reader = reader_of(engine)
    first, *others = await asyncio.gather(*(reader.driver() for _ in range(5)))
    assert [each is first for each in others] == [True] * 4
    assert reader_of(engine) is reader
    await dispose(engine)
    # it ends on its own once it has closed; other tests' threads may end meanwhile
    await until(lambda: set(threading.enumerate()) <= before)


async def test_it_opens_again_after_it_was_closed(tmp_path: Path) -> None:
    engine = create_engine(database_url("", tmp_path))
    first = await reader_of(engine).driver()
    await dispose(engine)
    assert await reader_of(engine).driver() is not first
    await dispose(engine)


async def test_one_who_is_cancelled_meanwhile_leaves_it_to_the_others(tmp_path: Path) -> None:
    engine = create_engine(database_url("", tmp_path))
    reader = reader_of(engine)
    hasty = asyncio.create_task(reader.driver())
    await asyncio.sleep(0)
    hasty.cancel()
    with pytest.raises(asyncio.CancelledError):
        await hasty
    assert (await reader.driver()).is_idle
    await dispose(engine)


def test_a_database_in_memory_has_only_one_connection() -> None:
    assert quick_reader(create_engine(database_url("sqlite://", Path()))) is None
