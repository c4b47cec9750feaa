"""Spaces gateway sessions: Discord allows a bot one IDENTIFY every five seconds, across all of its processes."""

import asyncio
import time
from collections.abc import Awaitable, Callable

from bot.platforms.discord.shard_leases import SCOPE, LeaseValues

SPACING = 5.5  # seconds between two sessions
LONGEST = 600.0  # seconds; bounds the wait if another machine's clock is wrong


class IdentifyLadder:
    """Reserves time slots in a row of the database."""

    def __init__(
        self,
        values: LeaseValues,
        *,
        clock: Callable[[], float] = time.time,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._values = values
        self._clock = clock
        self._sleep = sleep

    async def wait(self) -> None:
        """Wait until this process may identify."""
        now = self._clock()
        place = now

        def reserve(old: object) -> float:
            nonlocal place
            free = float(old) if isinstance(old, int | float) else now
            place = max(now, min(free, now + LONGEST))
            return place + SPACING

        await self._values.update(SCOPE, "identify", reserve)
        if place > now:
            await self._sleep(place - now)
