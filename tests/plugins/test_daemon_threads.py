"""Third-party code in threads that nothing waits for."""

import asyncio
import sys
import threading

import pytest

from bot.plugins.daemon_threads import run_in_thread
from tests.waiting import until


async def test_results_and_errors_come_back() -> None:
    assert await run_in_thread(divmod, 7, 2) == (3, 1)
    with pytest.raises(ZeroDivisionError):
        await run_in_thread(divmod, 7, 0)


async def test_what_would_end_a_program_or_a_coroutine_is_an_error() -> None:
    with pytest.raises(RuntimeError, match="SystemExit: 3"):
        await run_in_thread(sys.exit, 3)
    with pytest.raises(RuntimeError, match="StopIteration"):
        await run_in_thread(next, iter(()))


async def test_one_that_hangs_is_left_to_itself() -> None:
    started, go_on, done = threading.Event(), threading.Event(), threading.Event()

    def hang() -> None:
        started.set()
        go_on.wait()
        done.set()

    task = asyncio.create_task(run_in_thread(hang))
    await until(started.is_set)
    assert next(thread for thread in threading.enumerate() if thread.name == "hang").daemon
    task.cancel()
    assert isinstance((await asyncio.gather(task, return_exceptions=True))[0], asyncio.CancelledError)
    go_on.set()
    await until(done.is_set)
