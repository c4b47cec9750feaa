"""Deleting by itself, now and then, what the configuration says is not to be kept."""

import asyncio
import logging
from datetime import UTC, datetime, timedelta
from typing import Protocol

from bot.config.schema import PrivacySection
from bot.policy.departures import Departure, Departures

log = logging.getLogger(__name__)

FIRST_SECONDS = 60.0  # after the start, which has enough to do
EVERY_SECONDS = 6 * 3600.0


class Conversations(Protocol):
    """What is asked of the conversations."""

    async def expire(self, before: datetime) -> int:
        """Delete words from before then. In how many channels there were some."""

    async def talked_since(self, platform: str, place: str, since: datetime, *, guild: bool) -> bool:
        """Whether anything was said in a server, or in a channel, after ``since``."""

    async def delete_guild(self, platform: str, guild: str) -> int:
        """Delete a server's conversations and settings. How many conversations there were."""

    async def delete(self, platform: str, channel: str) -> bool:
        """Delete a channel's conversation. Whether there was one."""


class Retention:
    """One per app."""

    def __init__(self, conversations: Conversations, departures: Departures, settings: PrivacySection) -> None:
        self._conversations = conversations
        self._departures = departures
        self._settings = settings

    async def run(self) -> None:
        """For ever. A failure is logged, and tried again the next time."""
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
        """Once."""
        settings, now = self._settings, datetime.now(UTC)
        if settings.keep_days and (count := await self._conversations.expire(now - timedelta(days=settings.keep_days))):
            log.info("words that are older than %g days were deleted in %d conversations", settings.keep_days, count)
        if settings.delete_left:
            for each in await self._departures.before(now - timedelta(days=settings.left_days)):
                await self._delete(each)

    async def _delete(self, gone: Departure) -> None:
        """Unless people have talked there since: then the bot is back, and nobody said so."""
        guild = gone.kind == "guild"
        if not await self._conversations.talked_since(gone.platform, gone.id, gone.since, guild=guild):
            if guild:
                count = await self._conversations.delete_guild(gone.platform, gone.id)
            else:
                count = int(await self._conversations.delete(gone.platform, gone.id))
            log.info("%d conversations were deleted: the bot has left their %s on %s", count, gone.kind, gone.platform)
        await self._departures.returned(gone.platform, gone.kind, gone.id)
