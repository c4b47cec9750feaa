"""Reclaiming the space of deleted rows."""

import shutil
from collections import namedtuple
from pathlib import Path

import pytest

from bot.errors import ConfigError
from bot.store.connection import database_url
from bot.store.integrity import check
from bot.store.store import Store, open_store
from bot.store.vacuum import vacuum
from tests.store.trees import budget_of, grow, new_channel, state

Usage = namedtuple("Usage", "total used free")


async def test_the_disk_gets_it_back_while_the_bot_runs(any_store: Store, store_url: str, tmp_path: Path) -> None:
    made = await grow(any_store, await new_channel(any_store), 2000)
    await any_store.states.save([state("d", 1 << 20)], budget_of(any_store, 2 << 20))
    await any_store.states.drop("m", "d")
    await any_store.forget_channel(made[0].channel)
    freed = await vacuum(database_url(store_url, tmp_path))
    assert freed is None if store_url else (freed or 0) > 1 << 20
    assert await check(any_store.engine) == []


async def test_a_full_disk_is_not_made_fuller(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with open_store("", tmp_path):
        pass
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(1 << 30, 1 << 30, 1000))
    with pytest.raises(ConfigError, match="has 0 MB free"):
        await vacuum(database_url("", tmp_path))
