"""Backups made while the bot is running."""

import asyncio
import sqlite3
from pathlib import Path

import pytest

from bot.errors import Busy, InvalidOption
from bot.monitor.backups import MAX_BACKUPS, Backups
from bot.store.store import open_store


async def test_a_copy_of_the_database(tmp_path: Path) -> None:
    async with open_store("", tmp_path) as store:
        await store.values.set("a", "b", 5)
        made = await Backups(store.back_up, tmp_path / "backups").make()
        assert made.path.parent == tmp_path / "backups"
        assert made.nbytes == made.path.stat().st_size
    with sqlite3.connect(made.path) as copy:
        assert copy.execute("SELECT value FROM key_values").fetchone() == (5,)
    copy.close()


async def test_one_at_a_time_and_not_for_ever_more(tmp_path: Path) -> None:
    ready = asyncio.Event()

    async def copy(path: Path) -> int:
        await ready.wait()
        path.parent.mkdir(exist_ok=True)
        await asyncio.to_thread(path.write_bytes, b"x")
        return 1

    backups = Backups(copy, tmp_path / "backups")
    first = asyncio.create_task(backups.make())
    await asyncio.sleep(0)
    with pytest.raises(Busy):
        await backups.make()
    ready.set()
    await first
    for _ in range(MAX_BACKUPS - 1):
        await backups.make()
    with pytest.raises(InvalidOption, match="limit"):
        await backups.make()
    assert len(backups.all()) == MAX_BACKUPS
