"""What the Discord platform needs of the rest of the bot."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Protocol

from bot.commands.command import Command
from bot.platforms.discord.shard_leases import LeaseValues
from bot.platforms.line.inbox_item import Inbox
from bot.platforms.line.withdrawal import TurnMessage, TurnMessages


class Commands(Protocol):
    """The register of commands."""

    def __iter__(self) -> Iterator[Command]:
        """All commands."""

    def find(self, name: str) -> Command | None:
        """The command of that name."""


class Messages(TurnMessages, Protocol):
    """The store's table of messages that stand for turns."""

    async def last_said(self, platform: str, since: datetime, limit: int) -> Sequence[tuple[TurnMessage, str | None]]:
        """What was said last in each channel since then, with the channel's server."""


class Channels(Protocol):
    """The store's table of channels."""

    async def private(self, platform: str, limit: int) -> Sequence[str]:
        """Private channels, those of the latest talks first."""

    async def guilds(self, platform: str) -> set[str]:
        """The servers where people have talked."""


class Store(Protocol):
    """The parts of the store that are used here."""

    @property
    def inbox(self) -> Inbox:
        """What was taken in."""

    @property
    def messages(self) -> Messages:
        """Which turns messages stand for."""

    @property
    def channels(self) -> Channels:
        """Where people have talked."""

    @property
    def values(self) -> LeaseValues:
        """Keys and values."""
