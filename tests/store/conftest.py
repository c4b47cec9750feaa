"""A real store: on SQLite, and also on PostgreSQL if a test requests ``store_url``."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.store.store import Store, open_store


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    async with open_store("", tmp_path) as store:
        yield store


@pytest.fixture
async def any_store(store_url: str, tmp_path: Path) -> AsyncIterator[Store]:
    async with open_store(store_url, tmp_path) as store:
        yield store
