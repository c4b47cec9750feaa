"""Rates and slots that processes share, on both databases."""

import asyncio

import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.connection import reading, writing
from bot.store.rate_counts import MINUTE, SLOT_LIFE, RateTable
from bot.store.store import Store
from bot.store.tables import rate_counts, rate_slots


class Clock:
    """Stands still unless it is set."""

    def __init__(self) -> None:
        self.now = 1.7e9

    async def __call__(self, _: AsyncConnection) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def rates(any_store: Store, clock: Clock) -> RateTable:
    return RateTable(any_store.engine, clock=clock)


async def rows(store: Store) -> list[int]:
    async with reading(store.engine) as connection:
        counts = [select(func.count()).select_from(table) for table in (rate_counts, rate_slots)]
        return [(await connection.execute(count)).scalar_one() for count in counts]


async def test_at_once_by_many_is_one_count(rates: RateTable) -> None:
    asked = (rates.admit(f"p{number % 4}", 1, {"user:a": 5, "channel:b": 100}, {}) for number in range(12))
    found = await asyncio.gather(*asked)
    assert sum(each.granted for each in found) == 5
    assert {each.rate for each in found if not each.granted} == {"user:a"}
    assert all(sum(number for _, number in each.ages) == 5 for each in found if not each.granted)


async def test_a_refusal_counts_for_nobody(rates: RateTable) -> None:
    assert (await rates.admit("p", 1, {"user:a": 1}, {})).granted
    for _ in range(3):
        assert (await rates.admit("q", 1, {"channel:b": 2, "user:a": 1}, {})).rate == "user:a"
    assert (await rates.admit("q", 2, {"channel:b": 2}, {})).granted


async def test_a_minute_later_all_is_forgotten(rates: RateTable, clock: Clock, any_store: Store) -> None:
    assert (await rates.admit("p", 2, {"user:a": 2}, {})).granted
    clock.now += MINUTE - 1
    assert not (await rates.admit("q", 1, {"user:a": 2}, {})).granted
    await rates.prune()
    assert await rows(any_store) == [1, 0]
    clock.now += 2
    await rates.prune()
    assert await rows(any_store) == [0, 0], "nothing that members cause stays"
    assert (await rates.admit("q", 1, {"user:a": 2}, {})).granted


async def test_a_row_stays_small_whatever_the_limit(store: Store, clock: Clock) -> None:
    rates = RateTable(store.engine, clock=clock)
    for _ in range(200):
        clock.now += 0.4
        assert (await rates.admit("p", 8, {"guild:g": 100_000}, {})).granted
    async with reading(store.engine) as connection:
        counts = (await connection.execute(select(rate_counts.c.counts))).scalar_one()
    assert len(counts) <= MINUTE + 1
    assert sum(number for _, number in counts) == pytest.approx(MINUTE / 0.4 * 8, rel=0.05)


async def test_slots_of_all_processes_count_until_they_are_given_up(rates: RateTable) -> None:
    assert (await rates.admit("p", 1, {}, {"user:a": (1, 2)})).granted
    assert (await rates.admit("q", 1, {}, {"user:a": (1, 2)})).granted
    assert (await rates.admit("q", 1, {}, {"user:a": (2, 2)})).slot == "user:a"
    assert (await rates.admit("q", 1, {}, {"user:b": (1, 2)})).granted
    await rates.release("p", 1, ["user:a"])
    assert (await rates.admit("q", 1, {}, {"user:a": (2, 2)})).granted
    await rates.release("nobody", 1, ["user:a"])


async def test_the_slots_of_a_dead_process_expire(rates: RateTable, clock: Clock, any_store: Store) -> None:
    for process in ("dead", "alive"):
        assert (await rates.admit(process, 1, {}, {"user:a": (1, 3)})).granted
    clock.now += SLOT_LIFE - 1.0
    await rates.renew("alive", ["user:a"])
    clock.now += 2.0
    assert (await rates.admit("new", 1, {}, {"user:a": (1, 1)})).slot == "user:a"
    await rates.prune()
    assert (await rows(any_store))[1] == 1
    await rates.release("alive", 1, ["user:a"])
    assert (await rates.admit("new", 1, {}, {"user:a": (1, 1)})).granted


async def test_a_slot_whose_release_failed_expires_in_a_busy_process(rates: RateTable, clock: Clock) -> None:
    for name in ("user:a", "user:b"):
        assert (await rates.admit("p", 1, {}, {name: (1, 1)})).granted
    clock.now += SLOT_LIFE - 1.0
    await rates.renew("p", ["user:b"])
    clock.now += 2.0
    assert (await rates.admit("q", 1, {}, {"user:a": (1, 1)})).granted
    assert (await rates.admit("q", 1, {}, {"user:b": (1, 1)})).slot == "user:b"


async def test_release_and_renewal_at_once_do_not_block_each_other(rates: RateTable) -> None:
    names = {"user:a": (1, 0), "address:b": (1, 0)}

    async def answer(number: int) -> None:
        taken = {name: (own, 1000) for name, (own, _) in names.items()}
        assert (await rates.admit("p", 1, {"user:a": 1000, "channel:c": 1000}, taken)).granted
        await rates.renew("p", list(names))
        await rates.release("p", 1, sorted(names, reverse=number % 2 == 0))

    await asyncio.gather(*(answer(number) for number in range(12)), rates.prune())
    assert (await rates.admit("q", 1, {}, {"user:a": (1, 1), "address:b": (1, 1)})).granted


@pytest.mark.parametrize("counts", [5, [1], [["x", 1]], [[1, 2, 3]], {"a": 1}, [[1e30, 4]]])
async def test_a_damaged_row_counts_nothing(counts: object, any_store: Store) -> None:
    async with writing(any_store.engine) as connection:
        await connection.execute(rate_counts.insert().values(name="user:a", counts=counts, touched=0.0))
    assert (await any_store.rates.admit("p", 1, {"user:a": 1}, {})).granted


async def test_a_name_of_any_length(rates: RateTable) -> None:
    for name in ("user:" + "x" * 1000, "user:" + "x" * 1001):
        assert (await rates.admit("p", 1, {name: 1}, {name: (1, 1)})).granted
        assert (await rates.admit("q", 1, {name: 1}, {})).rate == name
