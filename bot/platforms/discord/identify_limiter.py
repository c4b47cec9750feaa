"""Spaces gateway sessions: Discord allows a bot one IDENTIFY every five seconds, across all of its processes."""

import asyncio
from collections.abc import Awaitable, Callable

from bot.platforms.discord.shard_leases import SCOPE, LeaseValues

SPACING = 5.5  # seconds between two sessions
MAX_WAIT = 600.0  # seconds; bounds the wait if the database's clock was set back


class IdentifyLimiter:
    """Reserves time slots in a row of the database, by the database's clock, since those of the machines may differ."""

    def __init__(self, values: LeaseValues, *, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep) -> None:
        self._values = values
        self._sleep = sleep

    async def wait(self) -> None:
        """Wait until this process may identify."""
        now = place = await self._values.seconds()

        def reserve(old: object) -> float:
            nonlocal place
            free = float(old) if isinstance(old, int | float) else now
            place = max(now, min(free, now + MAX_WAIT))
            return place + SPACING

        await self._values.update(SCOPE, "identify", reserve)
        if place > now:
            await self._sleep(place - now)
