"""What the Discord platform needs from the rest of the bot."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Protocol

from bot.commands.command import Command
from bot.platforms.discord.shard_leases import LeaseValues
from bot.platforms.line.inbox_item import Inbox
from bot.platforms.line.message_deletion import TurnMessage, TurnMessages


class Commands(Protocol):
    """The command registry."""

    def __iter__(self) -> Iterator[Command]:
        """Iterate over all commands."""

    def find(self, name: str) -> Command | None:
        """Return the command of that name."""


class Messages(TurnMessages, Protocol):
    """The store's table of messages recorded for turns."""

    async def last_said(self, platform: str, since: datetime, limit: int) -> Sequence[tuple[TurnMessage, str | None]]:
        """Return the last user message of each channel since then, with the channel's guild."""


class Channels(Protocol):
    """The store's table of channels."""

    async def find(self, platform: str, external_id: str) -> object | None:
        """Return a channel, if the bot was used there."""

    async def private(self, platform: str, limit: int) -> Sequence[str]:
        """Return private channels, most recently used first."""

    async def guilds(self, platform: str) -> set[str]:
        """Return the guilds in which the bot has been used."""


class DiscordStore(Protocol):
    """The parts of the store used here."""

    @property
    def inbox(self) -> Inbox:
        """The table of incoming events."""

    @property
    def messages(self) -> Messages:
        """The table of messages recorded for turns."""

    @property
    def channels(self) -> Channels:
        """The table of channels."""

    @property
    def values(self) -> LeaseValues:
        """The key-value table."""

    @property
    def heartbeats(self) -> LeaseValues:
        """The same table, which answers even while all other connections are in use."""
