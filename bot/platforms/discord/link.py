"""Access to Discord through whichever client is connected. Requests outlive a lost connection."""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable
from typing import TypeVar

import aiohttp
import discord

from bot.platforms.discord.webhooks import Webhooks
from bot.platforms.line.sending import Undelivered

log = logging.getLogger(__name__)

T = TypeVar("T")
MAX_REQUEST_SECONDS = 60.0  # seconds; longer than discord.py's own waits for rate limits
FIRST_PAUSE, MAX_PAUSE = 1.0, 30.0  # seconds between two tries
TROUBLE = (discord.HTTPException, aiohttp.ClientError, OSError, TimeoutError)  # errors of the network and of Discord


class Link:
    """Holds the current client and retries requests across network failures, 5xx, 429 and changes of client."""

    def __init__(self, client: discord.Client | None = None) -> None:
        self._client = client
        self.webhooks = Webhooks()
        self._closing = False
        self._news = asyncio.Event()

    @property
    def client(self) -> discord.Client:
        """The current client. Raises ConnectionError if there is none."""
        if self._client is None:
            raise ConnectionError("there is no connection to Discord at the moment")
        return self._client

    @property
    def me(self) -> discord.ClientUser | None:
        """The bot's account; None before the first login."""
        return self._client.user if self._client is not None else None

    def attach(self, client: discord.Client | None) -> None:
        """Set the current client, or None."""
        self._client = client
        self.webhooks = Webhooks()  # webhooks belong to the client that found them
        self.wake()

    def wake(self) -> None:
        """Retry pending requests now."""
        news, self._news = self._news, asyncio.Event()
        news.set()

    def close(self) -> None:
        """Stop retrying. Undelivered answers stay in the inbox."""
        self._closing = True
        self.wake()

    def place(self, channel: int, guild: int | None = None) -> discord.PartialMessageable:
        """Return a channel of the current client."""
        return self.client.get_partial_messageable(channel, guild_id=guild)

    async def retry(self, work: Callable[[], Awaitable[T]]) -> T:
        """Run ``work`` until it succeeds, however long the network is down.

        Raises Discord's error if the request itself is rejected (NotFound, Forbidden, other 4xx), and Undelivered if
        the program ends first.
        """
        pause = FIRST_PAUSE
        while True:
            try:
                async with asyncio.timeout(MAX_REQUEST_SECONDS):
                    return await work()
            except (discord.HTTPException, aiohttp.ClientError, OSError, TimeoutError, RuntimeError) as error:
                if not passing(error):
                    raise
                log.info("Discord did not take an answer yet (%s)", error or type(error).__name__)
            if self._closing:
                raise Undelivered
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(pause):
                    await self._news.wait()
            pause = min(MAX_PAUSE, pause * 2)


def passing(error: Exception) -> bool:
    """Return whether the error is worth a retry."""
    if isinstance(error, discord.HTTPException):
        return error.status >= 500 or error.status == 429
    return not isinstance(error, RuntimeError) or "closed" in str(error)  # the session of a replaced client
