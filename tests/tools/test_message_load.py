"""The measurement runs, and what a message costs is bounded."""

import asyncio
import sqlite3
from collections import Counter
from collections.abc import Awaitable, Callable, Coroutine, Generator
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

import aiosqlite
import pytest
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot.policy import shared_values
from bot.store.connection import quick_reader, writing
from bot.store.shared_transaction import SharedTransactions
from bot.store.sqlite_driver import DriverConnection, driver_of
from tests.waiting import PATIENCE
from tools.message_load import PLATFORM, Bot, arrive, measure, open_bot

FRAME = ("BEGIN IMMEDIATE", "SAVEPOINT part", "RELEASE part", "COMMIT")  # of one writer's transaction
WRITES = 9  # inbox; turn, branch, channel, the message, what it answers, usage; inbox, the answer's message
# those that write states now and then, for many messages at once
STATE_TASKS = {
    "StateCache._write", "sleep", "AsyncConnection.start", "AsyncConnection.close", "AsyncConnection.execute",
}  # fmt: skip
READS = 4  # settings of the person, channel, lore, siblings


async def drivers(engine: AsyncEngine) -> tuple[DriverConnection, DriverConnection]:
    """Return the connections that a message uses: for writing and for lookups."""
    reader = quick_reader(engine)
    assert reader is not None
    async with writing(engine) as connection:
        return driver_of(connection.sync_connection), await reader.driver()


async def test_a_message_is_written_in_three_transactions(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Arrival, turn and delivery. The state file is a cache and does not count."""
    written: Counter[AsyncEngine] = Counter()
    real = SharedTransactions.part

    def counted(shared: SharedTransactions, *, quick: bool) -> AbstractAsyncContextManager[AsyncConnection]:
        written[shared._engine] += 1
        return real(shared, quick=quick)

    async with open_bot(tmp_path) as bot:
        await measure(bot, range(1), range(1))
        monkeypatch.setattr(SharedTransactions, "part", counted)
        found = await measure(bot, range(1), range(1, 5))
        assert found.messages == len(found.waits) == 4
        assert written[bot.store.engine] == 3 * 4
        assert "messages/s" in str(found)
        assert await bot.store.inbox.open(PLATFORM) == []


async def test_a_message_makes_few_statements_and_only_its_commits_wait_for_a_thread(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    statements: list[str] = []
    waits: Counter[sqlite3.Connection] = Counter()
    real: Callable[..., Awaitable[object]] = aiosqlite.Connection._execute

    async def counted(connection: aiosqlite.Connection, *arguments: object, **named: object) -> object:
        waits[connection._conn] += 1
        return await real(connection, *arguments, **named)

    monkeypatch.setattr(shared_values, "CACHE_SECONDS", 10 * PATIENCE)  # on a busy machine some would be read again
    async with open_bot(tmp_path) as bot:
        await measure(bot, range(1), range(2))
        writer, reader = await drivers(bot.store.engine)
        for driver in (writer, reader):
            driver.raw.set_trace_callback(statements.append)
        monkeypatch.setattr(aiosqlite.Connection, "_execute", counted)
        await measure(bot, range(1), range(2, 6))
        made = [each for each in statements if not each.startswith("PRAGMA") and each not in FRAME]
        assert len([each for each in statements if each in FRAME]) == 4 * 3 * len(FRAME)
        assert len([each for each in made if each.startswith("SELECT")]) == 4 * READS, made
        assert len([each for each in made if not each.startswith("SELECT")]) == 4 * WRITES, made
        assert (waits[writer.raw], waits[reader.raw]) == (4 * 3, 0)


async def test_a_message_starts_few_tasks(tmp_path: Path) -> None:
    """Each is created, scheduled and awaited: 13 microseconds at least."""
    started: Counter[str] = Counter()
    loop = asyncio.get_running_loop()

    def noted(
        loop: asyncio.AbstractEventLoop, work: Coroutine[Any, Any, Any] | Generator[Any, None, Any], **more: Any
    ) -> asyncio.Task[Any]:
        started[getattr(work, "__qualname__", "?")] += 1
        return asyncio.Task(work, loop=loop, **more)  # newer Pythons pass a name and a context

    async with open_bot(tmp_path) as bot:
        await measure(bot, range(1), range(2))
        loop.set_task_factory(noted)
        await measure(bot, range(1), range(2, 6))
        loop.set_task_factory(None)
    rest = {name: number for name, number in started.items() if name not in STATE_TASKS}
    assert rest.pop("SharedTransactions._end") >= 4 * 3, "one for each commit; the states have some, too"
    assert rest == {"talk": 1, "Runner._run": 4, "Channel._commit": 4}


async def test_messages_arrive_by_the_clock(tmp_path: Path) -> None:
    async with open_bot(tmp_path) as bot:
        await measure(bot, range(2), range(1))
        found = await arrive(bot, range(2), range(1, 4), rate=1000.0)
        assert found.messages == 6
        assert found.wall >= 5 / 1000.0, "the first arrives at once"
        assert all(0 < each.shown < each.recorded for each in found.waits)
        assert await _turns(bot) == 2 * (1 + 4), "each channel's root and turns"


async def _turns(bot: Bot) -> int:
    return await bot.store.nodes.count()
