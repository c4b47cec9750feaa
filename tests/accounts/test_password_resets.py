"""Links for a new password: once, for a day, for one account."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.accounts.account_values import Account
from bot.accounts.password_resets import SECONDS, PasswordResets, account_of
from bot.store.account_tables import RESETS
from bot.store.store import Store, open_store

ANN = Account(id=1, key="ann", name="Ann", secret="0" * 32, visitor="v1")
BEA = Account(id=2, key="bea", name="Bea", secret="1" * 32, visitor="v2")


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    async with open_store("", tmp_path) as store:
        yield store


async def test_once(store: Store) -> None:
    resets = PasswordResets(store.values)
    code = await resets.make(ANN)
    assert account_of(code) == ANN.id
    assert await resets.holds(code, ANN)
    assert not await resets.use(code + "x", ANN)
    assert await resets.use(code, ANN)
    assert not await resets.holds(code, ANN)
    assert not await resets.use(code, ANN)
    assert await store.values.items(RESETS) == {}


async def test_for_a_day(store: Store) -> None:
    clock = Clock()
    resets = PasswordResets(store.values, clock)
    code = await resets.make(ANN)
    clock.now += SECONDS - 1
    assert await resets.holds(code, ANN)
    clock.now += 1
    assert not await resets.holds(code, ANN)
    assert not await resets.use(code, ANN)


async def test_for_one_account(store: Store) -> None:
    resets = PasswordResets(store.values)
    code = await resets.make(ANN)
    await resets.make(BEA)
    assert not await resets.use(code, BEA)
    assert not await resets.holds(code, replace(ANN, visitor="somebody who came later"))
    assert await resets.holds(code, ANN)


async def test_only_the_newest_and_never_the_code_itself(store: Store) -> None:
    resets = PasswordResets(store.values)
    old, new = await resets.make(ANN), await resets.make(ANN)
    assert not await resets.holds(old, ANN)
    assert await resets.holds(new, ANN)
    kept = await store.values.items(RESETS)
    assert len(kept) == 1
    assert new.partition(".")[2] not in str(kept)
    await resets.revoke(ANN)
    assert not await resets.holds(new, ANN)


@pytest.mark.parametrize("code", ["", "1", "1.", ".x", "-1.x", "²3.x", "x.y", "9" * 30 + ".x", "1 .x"])
def test_codes_that_name_no_account(code: str) -> None:
    assert account_of(code) is None
