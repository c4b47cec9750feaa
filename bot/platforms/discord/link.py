"""The way to Discord, whichever client has it now: what is on its way outlives a connection that dies."""

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
LONGEST_REQUEST = 60.0  # seconds; Discord's own waits for a free place in a bucket are shorter
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 30.0  # seconds between two tries
TROUBLE = (discord.HTTPException, aiohttp.ClientError, OSError, TimeoutError)  # what network and Discord do to requests


class Link:
    """Holds the living client, and carries requests to their end: through lost networks, 5xx, 429 and new clients."""

    def __init__(self, client: discord.Client | None = None) -> None:
        self._client = client
        self.webhooks = Webhooks()
        self._closing = False
        self._news = asyncio.Event()

    @property
    def client(self) -> discord.Client:
        """The living client. Raises ConnectionError between two of them."""
        if self._client is None:
            raise ConnectionError("there is no connection to Discord at the moment")
        return self._client

    @property
    def me(self) -> discord.ClientUser | None:
        """The bot's account; None before the first login."""
        return self._client.user if self._client is not None else None

    def attach(self, client: discord.Client | None) -> None:
        """From now on this client, or none."""
        self._client = client
        self.webhooks = Webhooks()  # each belongs to the client that found it
        self.wake()

    def wake(self) -> None:
        """Something has changed: whoever waits for the network tries again now."""
        news, self._news = self._news, asyncio.Event()
        news.set()

    def close(self) -> None:
        """The program ends: what fails now is not tried again. The inbox keeps it."""
        self._closing = True
        self.wake()

    def place(self, channel: int, guild: int | None = None) -> discord.PartialMessageable:
        """A channel, by the living client."""
        return self.client.get_partial_messageable(channel, guild_id=guild)

    async def carry(self, work: Callable[[], Awaitable[T]]) -> T:
        """Do ``work`` until it is done, however long the network is away.

        Raises what Discord says against the request itself (NotFound, Forbidden, other 4xx), and Undelivered when the
        program ends first.
        """
        pause = FIRST_PAUSE
        while True:
            try:
                async with asyncio.timeout(LONGEST_REQUEST):
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
            pause = min(LONGEST_PAUSE, pause * 2)


def passing(error: Exception) -> bool:
    """Whether it is worth trying again."""
    if isinstance(error, discord.HTTPException):
        return error.status >= 500 or error.status == 429
    return not isinstance(error, RuntimeError) or "closed" in str(error)  # a session of a client that was replaced
