"""Wait for conditions, not for durations: on a busy machine, durations mean nothing."""

import asyncio
import time
from collections.abc import Awaitable, Callable

PATIENCE = 120.0  # seconds; reached only if the condition never holds. A busy machine is twenty times slower


async def until(condition: Callable[[], object], seconds: float = PATIENCE) -> None:
    """Wait until a condition holds for which there is no event to wait for."""
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110  # the condition may be another thread's or a server's
            await asyncio.sleep(0.01)


async def until_asked(condition: Callable[[], Awaitable[object]], seconds: float = PATIENCE) -> None:
    """Like ``until``, for a condition that must be awaited."""
    async with asyncio.timeout(seconds):
        while not await condition():  # noqa: ASYNC110  # as above
            await asyncio.sleep(0.01)


async def until_equal(read: Callable[[], Awaitable[object]], wanted: object, seconds: float = PATIENCE) -> None:
    """Read repeatedly until the result is ``wanted``; show the difference if it never is."""
    end = time.monotonic() + seconds
    while (found := await read()) != wanted:
        assert time.monotonic() < end, f"{found!r} is not {wanted!r}"
        await asyncio.sleep(0.01)


async def lasting(faults: Callable[[], Awaitable[list[str]]], seconds: float = PATIENCE) -> list[str]:
    """Return the faults that remain once, for example, a page has finished rendering."""
    end = time.monotonic() + seconds
    while (found := await faults()) and time.monotonic() < end:  # noqa: ASYNC110  # as above
        await asyncio.sleep(0.1)
    return found


def until_in_thread(condition: Callable[[], object], seconds: float = PATIENCE) -> None:
    """Like ``until``, without an event loop."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError
        time.sleep(0.01)
