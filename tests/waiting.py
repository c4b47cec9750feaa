"""Waiting for what happens, not for a time: how long it takes says nothing on a machine that does other things too."""

import asyncio
import time
from collections.abc import Awaitable, Callable

PATIENCE = 60.0  # seconds; only what never comes takes that long


async def until(condition: Callable[[], object], seconds: float = PATIENCE) -> None:
    """Wait until something has become true that has no event to wait for."""
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110  # the condition may be another thread's or a server's
            await asyncio.sleep(0.01)


async def until_asked(condition: Callable[[], Awaitable[object]], seconds: float = PATIENCE) -> None:
    """The same where it takes waiting to find out."""
    async with asyncio.timeout(seconds):
        while not await condition():  # noqa: ASYNC110  # as above
            await asyncio.sleep(0.01)


def until_in_thread(condition: Callable[[], object], seconds: float = PATIENCE) -> None:
    """The same where there is no event loop."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError
        time.sleep(0.01)
