"""Background tasks: errors are reported at once, and closing never hangs."""

import asyncio
import logging

import pytest

from bot import tasks
from bot.tasks import Tasks


async def test_an_error_is_logged_at_once(caplog: pytest.LogCaptureFixture) -> None:
    async def fail() -> None:
        raise RuntimeError("the disk is gone")

    own = Tasks("the store")
    task = own.spawn(fail())
    with caplog.at_level(logging.ERROR):
        await asyncio.wait([task])
        await asyncio.sleep(0)
    assert "the store" in caplog.text
    assert "the disk is gone" in caplog.text
    assert not own


async def test_finishing_waits_and_then_cancels() -> None:
    own, ended, cut = Tasks("tests"), asyncio.Event(), asyncio.Event()

    async def short() -> None:
        ended.set()

    async def endless() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            cut.set()

    own.spawn(short())
    own.spawn(endless())
    await own.finish(0.05)
    assert ended.is_set()
    assert cut.is_set()
    assert len(own) == 0
    await own.finish(1)


async def test_a_task_that_ignores_its_cancellation_does_not_hold_up_the_end(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(tasks, "CANCEL_SECONDS", 0.05)
    own, release = Tasks("a plugin"), asyncio.Event()

    async def stubborn() -> None:
        while not release.is_set():
            try:
                await release.wait()
            except asyncio.CancelledError:
                continue

    task = own.spawn(stubborn())
    await asyncio.sleep(0)
    with caplog.at_level(logging.ERROR):
        await own.finish()
    assert "does not end" in caplog.text
    release.set()
    await task


async def test_the_caller_is_not_waited_for() -> None:
    own = Tasks("tests")
    await own.spawn(own.finish(1))
