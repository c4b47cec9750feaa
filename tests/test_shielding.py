"""Work that cannot be interrupted halfway."""

import asyncio

import pytest

from bot.shielding import run_to_completion


async def test_the_result_comes_back() -> None:
    async def work() -> int:
        await asyncio.sleep(0)
        return 7

    assert await run_to_completion(work()) == 7


async def test_a_failure_is_raised() -> None:
    async def work() -> None:
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        await run_to_completion(work())


@pytest.mark.parametrize("fails", [False, True])
async def test_a_cancelled_caller_waits_for_the_end_however_often_it_is_cancelled(fails: bool) -> None:
    started, go_on = asyncio.Event(), asyncio.Event()
    done: list[str] = []

    async def work() -> None:
        started.set()
        await go_on.wait()
        done.append("written")
        if fails:
            raise ValueError("nobody is left to hear of it")

    caller = asyncio.create_task(run_to_completion(work()))
    await started.wait()
    for _ in range(3):
        caller.cancel()
        await asyncio.sleep(0)
        assert not caller.done()
    go_on.set()
    with pytest.raises(asyncio.CancelledError):
        await caller
    assert done == ["written"]
