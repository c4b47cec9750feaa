"""Rules shared by several processes: no change is lost, and all processes see it within a second."""

import asyncio
from pathlib import Path

from bot.policy import shared_values
from bot.policy.shared_values import CACHE_SECONDS, SharedTables, with_entry
from bot.store.store import open_store


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


async def test_two_who_change_a_table_at_once_lose_nothing(tmp_path: Path) -> None:
    async with open_store("", tmp_path) as store:
        one, other = SharedTables(store.values, "access"), SharedTables(store.values, "access")
        await asyncio.gather(
            *(each.change("*", f"user:{n}", "block") for n in range(20) for each in ((one, other)[n % 2],))
        )
        assert len(await store.values.get("access", "*")) == 20


async def test_another_process_is_heard_within_a_second(tmp_path: Path) -> None:
    clock = Clock()
    async with open_store("", tmp_path) as store:
        here, there = SharedTables(store.values, "access", clock), SharedTables(store.values, "access")
        assert await here.get("*") == {}
        await there.change("*", "user:1", "block")
        assert await here.get("*") == {}
        clock.now += CACHE_SECONDS
        assert await here.get("*") == {"user:1": "block"}
        await here.change("*", "user:1", None)
        assert await here.get("*") == {}
        assert await store.values.get("access", "*") is None, "an empty table is no row"


async def test_memory_is_bounded(tmp_path: Path, monkeypatch: object) -> None:
    async with open_store("", tmp_path) as store:
        tables = SharedTables(store.values, "limits")
        shared_values.MAX_CACHED, before = 10, shared_values.MAX_CACHED
        try:
            for number in range(50):
                await tables.get(str(number))
            assert len(tables._known) == 10
        finally:
            shared_values.MAX_CACHED = before


def test_entries() -> None:
    assert with_entry(None, "a", 1) == {"a": 1}
    assert with_entry({"a": 1, "b": 2}, "a", None) == {"b": 2}
    assert with_entry("damaged", "a", 1) == {"a": 1}
