"""A shared and exclusive lock: turns hold it shared, a change of the model holds it exclusively."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager


class Gate:
    """Closing waits for those inside; newcomers wait until it is open again."""

    def __init__(self) -> None:
        self._inside = 0
        self._empty = asyncio.Event()
        self._empty.set()
        self._open = asyncio.Event()
        self._open.set()

    @property
    def is_open(self) -> bool:
        """Whether one passes without waiting."""
        return self._open.is_set()

    @asynccontextmanager
    async def passing(self) -> AsyncIterator[None]:
        """Be inside."""
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
        """Be alone. ``hurry`` is called when those inside have not left after ``patience`` seconds.

        Raises TimeoutError when they do not leave even so.
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
