"""Backups of a database in use."""

from pathlib import Path

import pytest

from bot.store.backup import backup
from bot.store.store import Store, open_store
from tests.store.trees import budget_of, grow, new_channel, state


async def test_a_copy_holds_the_words_and_leaves_the_states(store: Store, tmp_path: Path) -> None:
    made = await grow(store, await new_channel(store), 5)
    folder = tmp_path / "copies"
    assert await backup(store.engine.url, folder / "roost.db") == (folder / "roost.db").stat().st_size
    assert [path.name for path in folder.iterdir()] == ["roost.db"]
    async with open_store("", folder) as copy:
        assert await copy.nodes.path(made[-1].id) == await store.nodes.path(made[-1].id)


async def test_a_copy_that_is_cut_leaves_nothing(store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def die(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Path, "replace", die)
    with pytest.raises(KeyboardInterrupt):
        await backup(store.engine.url, tmp_path / "copies" / "roost.db")
    assert list((tmp_path / "copies").iterdir()) == []


async def test_states_come_with_it_where_they_are_wanted(store: Store, tmp_path: Path) -> None:
    await store.states.save([state("d")], budget_of(store))
    await backup(store.engine.url, tmp_path / "copies" / "b.db", states=True)
    assert sorted(path.name for path in (tmp_path / "copies").iterdir()) == ["b-states.db", "b.db"]
