"""Background tasks: errors are reported at once, and closing never hangs."""

import asyncio
import contextlib
import logging

import pytest

from bot import tasks
from bot.tasks import Tasks, is_cancelled, spawned, until_one_ends


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


async def forever(ended: list[str]) -> None:
    try:
        await asyncio.Event().wait()
    finally:
        ended.append("cancelled")


async def fail() -> None:
    raise RuntimeError("the disk is gone")


async def cancel_itself() -> None:
    raise asyncio.CancelledError


async def test_what_ends_first_ends_the_others() -> None:
    ended: list[str] = []
    with pytest.raises(RuntimeError, match="the disk is gone"):
        await until_one_ends("the test", [forever(ended), fail(), forever(ended)], 60.0)
    await until_one_ends("the test", [forever(ended), cancel_itself()], 60.0)
    assert ended == ["cancelled"] * 3


async def test_a_swallowed_cancellation_is_repeated_and_the_caller_s_own_is_told_apart() -> None:
    ended: list[str] = []
    begun = asyncio.Event()

    async def swallow() -> None:
        begun.set()
        for _ in range(2):
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                ended.append("swallowed")

    work = asyncio.create_task(until_one_ends("the test", [swallow(), forever(ended)], 60.0))
    await begun.wait()
    assert not is_cancelled(work)
    work.cancel()
    with pytest.raises(asyncio.CancelledError):
        await work
    assert is_cancelled(work)
    assert sorted(ended) == ["cancelled", "swallowed", "swallowed"]


async def test_what_ignores_every_cancellation_is_abandoned(caplog: pytest.LogCaptureFixture) -> None:
    release = asyncio.Event()

    async def stubborn() -> None:
        while not release.is_set():
            with contextlib.suppress(asyncio.CancelledError):
                await release.wait()

    async def pause() -> None:
        await asyncio.sleep(0)

    await until_one_ends("the test", [stubborn(), pause()], 0.3)
    assert "does not end" in caplog.text
    release.set()
    await asyncio.sleep(0)


async def test_several_are_started_at_once_and_end_together() -> None:
    cut: list[str] = []

    async def endless(name: str) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            cut.append(name)

    own = spawned("tests", map(endless, "ab"))
    await asyncio.sleep(0)
    assert len(own) == 2
    await own.finish()
    assert sorted(cut) == ["a", "b"]
    assert not own
