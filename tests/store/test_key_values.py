"""Keys and values."""

import asyncio
from pathlib import Path

from bot.store.store import Store, open_store


async def test_values_are_kept_by_scope_and_key(any_store: Store) -> None:
    values = any_store.values
    await values.set("a", "x", {"list": [1, None, "é"]})
    await values.set("a", "x", [2])
    await values.set("b", "x", "other")
    await values.set("a", "w", True)
    assert await values.get("a", "x") == [2]
    assert await values.get("a", "none", "default") == "default"
    assert await values.items("a") == {"w": True, "x": [2]}
    assert await values.delete("a", "x")
    assert not await values.delete("a", "x")
    assert await values.get("b", "x") == "other"


async def test_processes_that_make_a_value_at_once_lose_no_change(store_url: str, tmp_path: Path) -> None:
    async with open_store(store_url, tmp_path) as one, open_store(store_url, tmp_path) as other:
        for key in map(str, range(5)):
            changes = (store.values.update("s", key, lambda old: (old or 0) + 1) for store in (one, other) * 4)
            assert sorted(await asyncio.gather(*changes)) == list(range(1, 9))
            assert await other.values.get("s", key) == 8


async def test_a_value_that_stays_missing_leaves_no_row(any_store: Store) -> None:
    assert await any_store.values.update("s", "k", lambda _: None) is None
    assert await any_store.values.items("s") == {}
