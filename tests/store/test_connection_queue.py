"""Connections are given in order of arrival, and nobody waits for ever."""

import asyncio
from contextlib import AsyncExitStack

import pytest
from sqlalchemy import text

from bot.store import connection_queue
from bot.store.connection import reading
from bot.store.connection_queue import SQLITE_CONNECTIONS, ConnectionQueue
from bot.store.database_errors import StoreError
from bot.store.store import Store


async def test_the_order_is_that_of_arrival() -> None:
    queue, served = ConnectionQueue(2), list[tuple[int, int]]()

    async def person(number: int) -> None:
        for visit in range(3):
            async with queue.turn():
                served.append((visit, number))
                await asyncio.sleep(0)

    await asyncio.gather(*(person(number) for number in range(50)))
    assert served == [(visit, number) for visit in range(3) for number in range(50)], "nobody comes twice before all"


async def test_who_waits_too_long_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection_queue, "PATIENCE", 0.01)
    queue = ConnectionQueue(1)
    async with queue.turn():
        with pytest.raises(StoreError, match="too much to do"):
            async with queue.turn():
                pass
    async with queue.turn():
        pass


async def test_a_place_is_not_lost_when_its_owner_goes_away() -> None:
    queue = ConnectionQueue(1)
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(queue.turn())
        gone = asyncio.create_task(stack.enter_async_context(queue.turn()))
        await asyncio.sleep(0)
        gone.cancel()
        with pytest.raises(asyncio.CancelledError):
            await gone
    async with queue.turn():
        pass


async def test_many_more_readers_than_connections(store: Store) -> None:
    """The pool opens no connection that it would close again at once."""
    pool = store.engine.sync_engine.pool
    opened = list[int]()

    async def read() -> None:
        async with reading(store.engine) as connection:
            opened.append(pool.checkedout())  # type: ignore[attr-defined]  # of the pool for files
            await connection.execute(text("SELECT 1"))

    await asyncio.gather(*(read() for _ in range(100)))
    assert len(opened) == 100
    assert max(opened) <= SQLITE_CONNECTIONS + 2, "those that write and look up are kept"
