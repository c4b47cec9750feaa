"""One move or turn of a channel at a time, each on what the others, and other processes, have left."""

import asyncio
from collections.abc import Awaitable, Callable
from types import TracebackType


class HeadLock:
    """Fair: first come, first served. Whoever has it has read where the channel stands now."""

    def __init__(self, catch_up: Callable[[], Awaitable[None]]) -> None:
        self._lock = asyncio.Lock()
        self._catch_up = catch_up

    def locked(self) -> bool:
        """Whether somebody has it."""
        return self._lock.locked()

    async def __aenter__(self) -> None:
        await self._lock.acquire()
        try:
            await self._catch_up()
        except BaseException:
            self._lock.release()
            raise

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._lock.release()
