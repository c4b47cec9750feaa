"""What the OneBot platform needs from the rest of the bot."""

from collections.abc import Sequence
from typing import Protocol

from bot.commands.command import Command
from bot.platforms.line.inbox_item import Inbox
from bot.platforms.line.message_deletion import TurnMessages
from bot.platforms.line.recovery import KeyValues


class Commands(Protocol):
    """The command registry."""

    def find(self, name: str) -> Command | None:
        """Return the command with that name, alias or sign."""


class ShownMessages(TurnMessages, Protocol):
    """The store's table of messages recorded for turns."""

    async def remember(self, platform: str, channel: str, message_id: str, node: int) -> None:
        """Record a message of an answer for the turn ``node``."""


class Channels(Protocol):
    """The store's table of channels."""

    async def latest(self, platform: str, limit: int) -> Sequence[str]:
        """Return channels, most recently used first."""


class OneBotStore(Protocol):
    """The parts of the store used here."""

    @property
    def inbox(self) -> Inbox:
        """The table of incoming events."""

    @property
    def messages(self) -> ShownMessages:
        """The table of messages recorded for turns."""

    @property
    def channels(self) -> Channels:
        """The table of channels."""

    @property
    def values(self) -> KeyValues:
        """The key-value table."""
