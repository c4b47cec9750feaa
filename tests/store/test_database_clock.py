"""The database's clock goes forward, and within a transaction too."""

from pathlib import Path

from bot.store.connection import writing
from bot.store.database_clock import database_seconds
from bot.store.store import Store, open_store


async def test_it_is_in_seconds_since_1970_and_does_not_stand_still(any_store: Store) -> None:
    async with writing(any_store.engine) as connection:
        first = later = await database_seconds(connection)
        while later == first:
            later = await database_seconds(connection)
    assert 1.7e9 < first < later


async def test_processes_share_it(store_url: str, tmp_path: Path) -> None:
    async with open_store(store_url, tmp_path) as one, open_store(store_url, tmp_path) as other:
        first = await one.values.seconds()
        second = await other.values.seconds()
        assert first <= second <= await one.values.seconds()
