"""Periodic deletion of data that the configuration says not to keep."""

import asyncio
import logging
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime, timedelta
from typing import Protocol

from bot.config.schema import PrivacySection
from bot.policy.departures import Departure, Departures

log = logging.getLogger(__name__)

FIRST_SECONDS = 60.0  # after the start, when there is enough else to do
EVERY_SECONDS = 6 * 3600.0


class Conversations(Protocol):
    """What retention needs from conversations."""

    async def expire(self, before: datetime) -> int:
        """Delete texts from before ``before``. Return the number of channels that had any."""

    async def talked_since(self, platform: str, place: str, since: datetime, *, guild: bool) -> bool:
        """Return whether anything was said in a server or channel after ``since``."""

    async def delete_guild(self, platform: str, guild: str) -> int:
        """Delete a server's conversations and settings. Return the number of conversations."""

    async def delete(self, platform: str, channel: str) -> bool:
        """Delete a channel's conversation. Return whether there was one."""


class Processes(Protocol):
    """The database's part in sharing the work among processes."""

    def sole_worker(self, work: str) -> AbstractAsyncContextManager[bool]:
        """Yield whether this process may do ``work`` now."""


class Retention:
    """Deletes old texts and the conversations of places that the bot has left."""

    def __init__(
        self, conversations: Conversations, departures: Departures, settings: PrivacySection, processes: Processes
    ) -> None:
        self._conversations = conversations
        self._departures = departures
        self._settings = settings
        self._processes = processes

    async def run(self) -> None:
        """Run until cancelled. A failure is logged, and the work is retried next time."""
        if not self._settings.keep_days and not self._settings.delete_left:
            return
        await asyncio.sleep(FIRST_SECONDS)
        while True:
            try:
                await self.work()
            except Exception:
                log.exception("what is too old could not be deleted")
            await asyncio.sleep(EVERY_SECONDS)

    async def work(self) -> None:
        """Delete what is due now, unless another process is doing that."""
        async with self._processes.sole_worker("prune") as chosen:
            if chosen:
                await self._delete_due()

    async def _delete_due(self) -> None:
        settings, now = self._settings, datetime.now(UTC)
        if settings.keep_days and (count := await self._conversations.expire(now - timedelta(days=settings.keep_days))):
            log.info("words that are older than %g days were deleted in %d conversations", settings.keep_days, count)
        if settings.delete_left:
            for each in await self._departures.before(now - timedelta(days=settings.left_days)):
                await self._delete(each)

    async def _delete(self, gone: Departure) -> None:
        """Delete a place's conversations, unless someone has talked there since: then the bot must be back."""
        guild = gone.kind == "guild"
        if not await self._conversations.talked_since(gone.platform, gone.id, gone.since, guild=guild):
            if guild:
                count = await self._conversations.delete_guild(gone.platform, gone.id)
            else:
                count = int(await self._conversations.delete(gone.platform, gone.id))
            log.info("%d conversations were deleted: the bot has left their %s on %s", count, gone.kind, gone.platform)
        await self._departures.returned(gone.platform, gone.kind, gone.id)
