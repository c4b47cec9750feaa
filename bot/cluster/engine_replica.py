"""One replica: an engine behind the server of `roost engine`, on a port of its own."""

import asyncio
import logging
import os
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import asdict
from uuid import uuid4

from bot.cluster.replica_list import Announcement
from bot.cluster.scaling import QUEUED, ROWS, RUNNING
from bot.cluster.serving_engine import ServingEngine, serving
from bot.config.schema import Config

log = logging.getLogger(__name__)

BEAT_SECONDS = 2.0
TELL_SECONDS = 5.0
Announce = Callable[[dict[str, object]], Awaitable[None]]
Leave = Callable[[str], Awaitable[None]]


class EngineReplica:
    """Serves bots directly: tokens do not pass through Ray, and the engine itself decides when it is busy."""

    def __init__(self, config: Config, host: str, key: str, announce: Announce, leave: Leave) -> None:
        """``announce`` tells the directory that this replica is alive, ``leave`` that it is closing."""
        self._config = config
        self._host = host
        self._key = key
        self._announce = announce
        self._leave = leave
        self._name = uuid4().hex
        self._stack = AsyncExitStack()
        self._served: ServingEngine | None = None

    async def start(self) -> None:
        """Load the model and serve it. Raises ConfigError or ModelError."""
        self._served = await self._stack.enter_async_context(serving(self._config, self._host, 0, self._key))
        beating = asyncio.create_task(self._beat())
        self._stack.callback(beating.cancel)

    async def close(self) -> None:
        """Finish running replies and save the states."""
        if self._served is None:
            return
        self._served = None
        try:
            async with asyncio.timeout(TELL_SECONDS):  # the directory may be closing as well
                await self._leave(self._name)
        except Exception as error:  # its silence will soon be noticed
            log.warning("the cluster could not be told that this replica is closing: %s", error)
        await self._stack.aclose()

    def announcement(self) -> Announcement:
        """Return the address and the load. Raises RuntimeError if the replica is not serving."""
        served = self._serving()
        status = served.engine.status()
        return Announcement(
            name=self._name, url=served.url.rstrip("/"), node=self._host, process=os.getpid(),
            rows_running=status.rows_running, rows_limit=status.rows_limit, queue_length=status.queue_length,
        )  # fmt: skip

    def load(self) -> dict[str, float]:
        """Return the metrics by which the number of replicas is chosen."""
        now = self.announcement()
        return {RUNNING: now.rows_running, QUEUED: now.queue_length, ROWS: now.rows_limit}

    def check(self) -> None:
        """Raise RuntimeError if this replica should be replaced."""
        state = self._serving().engine.status().state
        if state != "ready":
            raise RuntimeError(f"the engine is {state}")

    def _serving(self) -> ServingEngine:
        if self._served is None:
            raise RuntimeError("the engine is closed")
        return self._served

    async def _beat(self) -> None:
        while True:
            try:
                async with asyncio.timeout(TELL_SECONDS):
                    await self._announce(asdict(self.announcement()))
            except Exception as error:  # the directory may be starting, or be replaced
                log.warning("the cluster does not know that this replica is alive: %s", error)
            await asyncio.sleep(BEAT_SECONDS)
