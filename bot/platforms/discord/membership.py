"""Tracks which guilds the bot is in: on each change, and by comparison after each connection."""

from collections.abc import Collection
from typing import Protocol

from bot.platforms.discord.intake import PLATFORM
from bot.platforms.discord.ports import DiscordStore
from bot.policy.departures import Departures, PlaceKind


class Guild(Protocol):
    """The part of a guild used here."""

    @property
    def id(self) -> int:
        """The guild's id."""

    @property
    def shard_id(self) -> int:
        """The shard that receives the guild's events."""


class Membership:
    """The guilds of one bot account."""

    def __init__(self, store: DiscordStore) -> None:
        self._channels = store.channels
        self._departures = Departures(store.values)

    async def left(self, number: int, kind: PlaceKind = "guild") -> None:
        """Record that the bot was removed from a guild, or that a channel in which it was used was deleted."""
        if kind == "channel" and await self._channels.find(PLATFORM, str(number)) is None:
            return
        await self._departures.left(PLATFORM, kind, str(number))

    async def joined(self, number: int) -> None:
        """Record that the bot was added to a guild."""
        await self._departures.returned(PLATFORM, "guild", str(number))

    async def compare(self, guilds: Collection[Guild], shard: int, shards: int) -> None:
        """Record changes made while offline. ``guilds`` are the current ones; only those of ``shard`` are compared."""
        there = {str(guild.id) for guild in guilds if guild.shard_id == shard}
        known = {each for each in await self._channels.guilds(PLATFORM) if each.isdecimal()}
        for number in known:
            if number in there:
                await self._departures.returned(PLATFORM, "guild", number)
            elif (int(number) >> 22) % shards == shard:
                await self._departures.left(PLATFORM, "guild", number)
