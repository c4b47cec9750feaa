"""A gate that many may pass at once, and that one may close for a while: turns pass, a change of the model closes."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager


class Gate:
    """Whoever is inside is waited for; whoever comes while it is closed, waits."""

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
                await asyncio.wait_for(self._empty.wait(), patience)
            except TimeoutError:
                await hurry()
                await asyncio.wait_for(self._empty.wait(), patience)
            yield
        finally:
            self._open.set()
