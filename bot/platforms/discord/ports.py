"""What the Discord platform needs of the rest of the bot."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, Protocol

from bot.commands.command import Command
from bot.events import Event, Origin, Sink


class Commands(Protocol):
    """The register of commands."""

    def __iter__(self) -> Iterator[Command]:
        """All commands."""

    def find(self, name: str) -> Command | None:
        """The command of that name."""


class Entry(Protocol):
    """A message that waits for its answer: what of it was shown, and the whole of it once it is known."""

    @property
    def channel(self) -> str:
        """Where."""

    @property
    def message_id(self) -> str:
        """Which."""

    @property
    def guild(self) -> str | None:
        """The channel's server."""

    @property
    def shown(self) -> tuple[str, ...]:
        """The messages that show the answer so far."""

    @property
    def reply(self) -> dict[str, Any] | None:
        """The finished answer."""


class Inbox(Protocol):
    """The store's table of messages that were taken in."""

    async def take(self, platform: str, channel: str, message_id: str, guild: str | None = None) -> bool:
        """Take a message in. False when it was taken before."""

    async def update(self, platform: str, channel: str, message_id: str, **columns: Any) -> None:
        """Change ``shown`` or ``reply``."""

    async def done(self, platform: str, channel: str, message_ids: Sequence[str]) -> None:
        """They are answered for certain."""

    async def open(self, platform: str) -> Sequence[Entry]:
        """What is not answered for certain, oldest first."""

    async def private_channels(self, platform: str, since: datetime) -> list[str]:
        """Where somebody talked to the bot alone since then."""

    async def forget(self, platform: str, before: datetime) -> int:
        """Drop what was answered before that time."""


class Services(Protocol):
    """The parts of the running bot that are used here."""

    @property
    def registry(self) -> Commands:
        """All commands."""

    @property
    def conversations(self) -> Any:
        """The channels' conversations."""

    @property
    def store(self) -> Any:
        """The database: its key-value table is used."""


class Dispatcher(Protocol):
    """What the platform asks of ``bot.dispatch.dispatcher``."""

    @property
    def services(self) -> Services:
        """The parts of the running bot."""

    async def handle(self, event: Event, sink: Sink) -> None:
        """Answer ``event`` into ``sink``."""

    async def complete(self, origin: Origin, command: str, option: str, prefix: str) -> list[str]:
        """What an option's value may be."""
