"""Deletes the states of deleted texts that could not be deleted at once: an engine or a storage was down."""

import asyncio
import logging
from typing import Protocol

from bot.monitor.retention import Processes

log = logging.getLogger(__name__)

EVERY_SECONDS = 3600.0
WORK = "forgotten-states"  # what one process does for all


class States(Protocol):
    """The states of all conversations."""

    async def forget_deleted(self) -> None:
        """Delete the states of texts that were deleted, or try to."""


async def delete_forgotten(states: States, processes: Processes) -> None:
    """Delete them at the start and every hour, until cancelled. A failure is logged."""
    while True:
        try:
            async with processes.sole_worker(WORK) as chosen:
                if chosen:
                    await states.forget_deleted()
        except Exception:
            log.exception("states of deleted texts could not be deleted; they will be, later")
        await asyncio.sleep(EVERY_SECONDS)
