"""Keys and values."""

from bot.store.store import Store


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
