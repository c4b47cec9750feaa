"""Which servers the bot is in: noted when it changes, and compared after a connection."""

from collections.abc import Collection
from typing import Protocol

from bot.platforms.discord.intake import PLATFORM
from bot.platforms.discord.ports import Store
from bot.policy.departures import Departures, PlaceKind


class Guild(Protocol):
    """What is looked at of a server."""

    @property
    def id(self) -> int:
        """Its number."""

    @property
    def shard_id(self) -> int:
        """Whose events tell of it."""


class Membership:
    """One for the account."""

    def __init__(self, store: Store) -> None:
        self._channels = store.channels
        self._departures = Departures(store.values)

    async def left(self, number: int, kind: PlaceKind = "guild") -> None:
        """The bot was removed from a server, or a channel of one was deleted."""
        await self._departures.left(PLATFORM, kind, str(number))

    async def joined(self, number: int) -> None:
        """The bot was added to a server."""
        await self._departures.returned(PLATFORM, "guild", str(number))

    async def compare(self, guilds: Collection[Guild], shard: int, shards: int) -> None:
        """Find out what has changed while nobody listened: of a shard, ``guilds`` are those that the bot is in."""
        there = {str(guild.id) for guild in guilds if guild.shard_id == shard}
        known = {each for each in await self._channels.guilds(PLATFORM) if each.isdecimal()}
        for number in known:
            if number in there:
                await self._departures.returned(PLATFORM, "guild", number)
            elif (int(number) >> 22) % shards == shard:
                await self._departures.left(PLATFORM, "guild", number)
