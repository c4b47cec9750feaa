"""Fixtures: accounts in a real database, on SQLite and PostgreSQL, with cheap password hashes."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from argon2 import PasswordHasher

from bot.accounts.account_service import Accounts
from bot.accounts.passwords import Passwords
from bot.store.store import Store, open_store

QUICK = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


@pytest.fixture
async def any_store(store_url: str, tmp_path: Path) -> AsyncIterator[Store]:
    async with open_store(store_url, tmp_path) as store:
        yield store


@pytest.fixture
def accounts(any_store: Store) -> Accounts:
    return Accounts(any_store, "Roost", Passwords(QUICK))
