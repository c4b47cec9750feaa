"""A process learns of what others delete, and not of what it deletes itself."""

from pathlib import Path

import pytest

from bot.store.deletions import KEY, SCOPE
from bot.store.store import Store, open_store


async def test_deletions_of_others_are_seen_once(store_url: str, tmp_path: Path) -> None:
    async with open_store(store_url, tmp_path) as one, open_store(store_url, tmp_path) as other:
        for store in (one, other):
            assert not await store.deletions.any_by_others()
        await one.deletions.note()
        assert not await one.deletions.any_by_others()
        assert await other.deletions.any_by_others()
        assert not await other.deletions.any_by_others()
        await one.deletions.note()
        await other.deletions.note()  # does not hide the other's
        assert await other.deletions.any_by_others()
        assert await one.deletions.any_by_others()


@pytest.mark.parametrize("value", ["x", [1], {"a": 1}])
async def test_a_damaged_counter_begins_again(value: object, store: Store) -> None:
    await store.values.set(SCOPE, KEY, value)
    await store.deletions.note()
    assert await store.values.get(SCOPE, KEY) == 1
