"""A shared and exclusive lock: turns hold it shared, a model change holds it exclusively."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager


class Gate:
    """Closing the gate waits for the current holders; new ones wait until it opens again."""

    def __init__(self) -> None:
        self._inside = 0
        self._empty = asyncio.Event()
        self._empty.set()
        self._open = asyncio.Event()
        self._open.set()

    @property
    def is_open(self) -> bool:
        """Whether the gate can be passed without waiting."""
        return self._open.is_set()

    @asynccontextmanager
    async def passing(self) -> AsyncIterator[None]:
        """Hold the gate shared."""
        while not self._open.is_set():
            await self._open.wait()
        self._inside += 1
        self._empty.clear()
        try:
            yield
        finally:
            self._inside -= 1
            if not self._inside:
                self._empty.set()

    @asynccontextmanager
    async def closed(self, patience: float, hurry: Callable[[], Awaitable[None]]) -> AsyncIterator[None]:
        """Hold the gate exclusively. Calls ``hurry`` if it is still held after ``patience`` seconds.

        Raises TimeoutError if it is still held ``patience`` seconds after that.
        """
        self._open.clear()
        try:
            try:
                await self._wait_empty(patience)
            except TimeoutError:
                await hurry()
                await self._wait_empty(patience)
            yield
        finally:
            self._open.set()

    async def _wait_empty(self, seconds: float) -> None:
        async with asyncio.timeout(seconds):
            await self._empty.wait()
