"""Limits that hold over all processes of a bot, and cost the database nothing for what is refused anyway."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

import pytest

from bot.errors import Busy
from bot.policy import limiter as module
from bot.policy.limiter import Limiter
from bot.policy.limits import Limits, RateLimiter, Requester
from bot.store.rate_counts import RateTable
from bot.store.store import Store, open_store
from tests.waiting import until_asked

WHO: dict[str, Any] = {"user": "test:1", "channel": "test:c", "guild": "test:g", "address": "10.0.0.0"}
Stores = Callable[[], AbstractAsyncContextManager[Store]]


@pytest.fixture
def stores(store_url: str, tmp_path: Path) -> Stores:
    return lambda: open_store(store_url, tmp_path)


async def stopped(_: object) -> float:
    """Always return the same time, so that the tests' speed does not matter."""
    return 1.7e9


def shared(store: Store) -> Limiter:
    return Limiter(RateLimiter(lambda: 0.0, lambda: 0.0), RateTable(store.engine, clock=stopped))


class Counted(RateTable):
    """Counts how often the database is asked."""

    asked = 0

    async def admit(self, *arguments: Any, **named: Any) -> Any:
        self.asked += 1
        return await super().admit(*arguments, **named)


async def test_a_member_gets_no_more_from_two_processes_than_from_one(stores: Stores) -> None:
    limits = Limits(user_per_minute=5, channel_per_minute=0, address_per_minute=0, user_at_once=0, address_at_once=0)
    async with stores() as one, stores() as other:
        limiters = [shared(store) for store in (one, other)]
        spends = (limiters[number % 2].spend(limits, Requester(**WHO)) for number in range(12))
        results = await asyncio.gather(*spends, return_exceptions=True)
        refused = [each for each in results if isinstance(each, Busy)]
        assert len(refused) == 7
        assert all(each.values["limit"] == 5 and 1 <= int(str(each.values["seconds"])) <= 60 for each in refused)
        await limiters[0].spend(limits, Requester(**(WHO | {"user": "test:2"})))


async def test_what_is_known_to_be_refused_does_not_reach_the_database(tmp_path: Path) -> None:
    limits = Limits(user_per_minute=2)
    async with open_store("", tmp_path) as store:
        rates = Counted(store.engine, clock=stopped)
        for _ in range(2):
            await shared(store).spend(limits, Requester(**WHO))
        limiter = Limiter(RateLimiter(lambda: 0.0, lambda: 0.0), rates)
        for _ in range(20):
            with pytest.raises(Busy, match="2 messages a minute"):
                await limiter.spend(limits, Requester(**WHO))
        assert rates.asked == 1
        await limiter.spend(limits, Requester(**WHO, light=True))
        assert rates.asked == 1


async def test_replies_at_once_are_those_of_all_processes(stores: Stores) -> None:
    limits = Limits(user_at_once=2)
    async with stores() as one, stores() as other:
        here, there = shared(one), shared(other)
        async with here.admitted(limits, Requester(**WHO)):
            async with there.admitted(limits, Requester(**WHO)):
                for limiter in (here, there):
                    with pytest.raises(Busy, match="2 answers at once"):
                        async with limiter.admitted(limits, Requester(**WHO)):
                            pytest.fail("a third reply was admitted")
            async with here.admitted(limits, Requester(**WHO)):
                assert here.local.held("user:test:1") == 2
        assert not here.local.held_names
        async with there.admitted(limits, Requester(**WHO, answers=2)):
            pass


async def test_a_cancelled_reply_gives_its_slot_up(tmp_path: Path) -> None:
    limits = Limits(user_at_once=1)
    async with open_store("", tmp_path) as one, open_store("", tmp_path) as other:
        here, there = shared(one), shared(other)
        entered = asyncio.Event()

        async def reply() -> None:
            async with here.admitted(limits, Requester(**WHO)):
                entered.set()
                await asyncio.Event().wait()

        task = asyncio.create_task(reply())
        await entered.wait()
        task.cancel()
        await asyncio.wait([task])
        async with there.admitted(limits, Requester(**WHO)):
            pass


async def test_a_request_cancelled_while_it_is_admitted_gives_its_slot_up(stores: Stores) -> None:
    limits = Limits(user_at_once=1)
    written, returns = asyncio.Event(), asyncio.Event()

    class Slow(RateTable):
        async def admit(self, *arguments: Any, **named: Any) -> Any:
            found = await super().admit(*arguments, **named)
            written.set()
            await returns.wait()
            return found

    async with stores() as one, stores() as other:
        here = Limiter(RateLimiter(lambda: 0.0, lambda: 0.0), Slow(one.engine, clock=stopped))

        async def reply() -> None:
            async with here.admitted(limits, Requester(**WHO)):
                pytest.fail("it was cancelled")

        task = asyncio.create_task(reply())
        await written.wait()
        task.cancel()
        returns.set()
        await asyncio.wait([task])
        assert task.cancelled()
        async with shared(other).admitted(limits, Requester(**WHO)):
            pass


async def test_slots_are_renewed_while_a_reply_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "RENEWAL", 0.0)
    renewed = set[str]()

    class Renewed(RateTable):
        async def renew(self, process: str, names: Sequence[str]) -> None:
            renewed.update(names)
            await super().renew(process, names)

    async with open_store("", tmp_path) as store:
        limiter = Limiter(shared=Renewed(store.engine))
        running = asyncio.create_task(limiter.run())
        async with limiter.admitted(Limits(), Requester(**WHO)):

            async def is_renewed() -> bool:
                return bool(renewed)

            await until_asked(is_renewed)
            assert renewed == {"user:test:1", "address:10.0.0.0"}
        running.cancel()
        await asyncio.wait([running])


async def test_one_process_alone_asks_nobody() -> None:
    limiter = Limiter()
    await limiter.run()  # returns
    async with limiter.admitted(Limits(user_per_minute=1), Requester(**WHO)):
        assert limiter.local.held("user:test:1") == 1
    with pytest.raises(Busy):
        await limiter.spend(Limits(user_per_minute=1), Requester(**WHO))
