"""What the OneBot platform needs of the rest of the bot."""

from collections.abc import Sequence
from typing import Protocol

from bot.commands.command import Command
from bot.platforms.line.inbox_item import Inbox
from bot.platforms.line.recovery import Values
from bot.platforms.line.withdrawal import TurnMessages


class Commands(Protocol):
    """The register of commands."""

    def find(self, name: str) -> Command | None:
        """The command of that name, alias or sign."""


class ShownMessages(TurnMessages, Protocol):
    """The store's table of messages that stand for turns."""

    async def remember(self, platform: str, channel: str, message_id: str, node: int) -> None:
        """Let a message that shows an answer stand for ``node``."""


class Channels(Protocol):
    """The store's table of channels."""

    async def latest(self, platform: str, limit: int) -> Sequence[str]:
        """Channels, those of the latest talks first."""


class Store(Protocol):
    """The parts of the store that are used here."""

    @property
    def inbox(self) -> Inbox:
        """What was taken in."""

    @property
    def messages(self) -> ShownMessages:
        """Which turns messages stand for."""

    @property
    def channels(self) -> Channels:
        """Where people have talked."""

    @property
    def values(self) -> Values:
        """Keys and values."""
