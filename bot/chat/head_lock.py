"""One move or turn of a channel at a time, each on what the others, and other processes, have left."""

import asyncio
from collections.abc import Awaitable, Callable


class HeadLock(asyncio.Lock):
    """Fair: first come, first served. Whoever has entered it has read where the channel stands now."""

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
