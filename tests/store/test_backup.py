"""Copies of a database that is in use."""

from pathlib import Path

import pytest

from bot.errors import ConfigError
from bot.store.backup import backup
from bot.store.connection import database_url
from bot.store.store import Store, open_store
from tests.store.trees import grow, new_channel


async def test_a_copy_holds_the_words_and_leaves_the_states(store: Store, tmp_path: Path) -> None:
    made = await grow(store, await new_channel(store), 5)
    folder = tmp_path / "copies"
    assert await backup(store.engine.url, folder / "roost.db") == (folder / "roost.db").stat().st_size
    assert [path.name for path in folder.iterdir()] == ["roost.db"]
    async with open_store("", folder) as copy:
        assert await copy.nodes.path(made[-1].id) == await store.nodes.path(made[-1].id)


async def test_a_server_has_its_own_way(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="pg_dump"):
        await backup(database_url("postgresql://u@h/d", tmp_path), tmp_path / "copy.db")
