"""HTTP API keys."""

from pathlib import Path

import pytest

from bot.chat.api_keys import SCOPE, ApiKeys
from bot.errors import InvalidOption, NotFound
from bot.store.store import open_store


async def test_a_key_is_found_until_it_is_revoked(tmp_path: Path) -> None:
    async with open_store("", tmp_path) as store:
        keys = ApiKeys(store.values)
        secret = await keys.add("ann", per_minute=3, models=("roost/a",))
        assert secret not in str(await store.values.items(SCOPE))
        found = await keys.find(secret)
        assert found is not None
        assert (found.name, found.per_minute, found.models) == ("ann", 3, ("roost/a",))
        assert await keys.find(secret + "x") is None
        with pytest.raises(InvalidOption, match="already"):
            await keys.add("ann")
        await keys.revoke("ann")
        assert await keys.find(secret) is None
        with pytest.raises(NotFound):
            await keys.revoke("ann")


async def test_another_process_revokes(tmp_path: Path) -> None:
    now = 0.0
    async with open_store("", tmp_path) as store:
        keys = ApiKeys(store.values, clock=lambda: now)
        secret = await keys.add("ann")
        assert await keys.find(secret)
        await ApiKeys(store.values).revoke("ann")
        now = 3.0
        assert await keys.find(secret) is None


@pytest.mark.parametrize("name", ["", "local", "a b", "-x", "x" * 65, "../x"])
async def test_names_are_plain(tmp_path: Path, name: str) -> None:
    async with open_store("", tmp_path) as store:
        with pytest.raises(InvalidOption):
            await ApiKeys(store.values).add(name)
