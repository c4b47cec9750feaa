"""Follows deletions by other processes on the database, so that deleted messages do not stay in this one's memory."""

import asyncio
import logging
from typing import Protocol

log = logging.getLogger(__name__)

EVERY_SECONDS = 1.0


class Deletions(Protocol):
    """The store's counter of deletions."""

    async def any_by_others(self) -> bool:
        """Return whether another process has deleted messages since the last call."""


class Conversations(Protocol):
    """The conversations that are open in this process."""

    async def reload(self) -> None:
        """Read open conversations again."""


async def follow_deletions(deletions: Deletions, conversations: Conversations) -> None:
    """Reload conversations whenever another process has deleted messages, until cancelled."""
    while True:
        try:
            if await deletions.any_by_others():
                await conversations.reload()
        except Exception as error:
            log.warning("deletions by other processes could not be followed: %s", error)
        await asyncio.sleep(EVERY_SECONDS)
