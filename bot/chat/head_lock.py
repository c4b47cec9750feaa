"""A lock for the moves and turns of a channel. Each starts from what others, even other processes, have left."""

import asyncio
from collections.abc import Awaitable, Callable


class HeadLock(asyncio.Lock):
    """A fair lock: first come, first served. Entering it reloads the channel's current position."""

    def __init__(self, catch_up: Callable[[], Awaitable[None]]) -> None:
        super().__init__()
        self._catch_up = catch_up

    async def __aenter__(self) -> None:
        await self.acquire()
        try:
            await self._catch_up()
        except BaseException:
            self.release()
            raise
