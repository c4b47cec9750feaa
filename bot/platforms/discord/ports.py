"""What the Discord platform needs of the rest of the bot."""

from collections.abc import Iterator
from typing import Any, Protocol

from bot.commands.registry import Command
from bot.events import Message, Sink


class Commands(Protocol):
    """The register of commands."""

    def __iter__(self) -> Iterator[Command]:
        """All commands."""

    def find(self, name: str) -> Command | None:
        """The command of that name."""


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
    """What the platform asks of ``bot.dispatch``."""

    @property
    def services(self) -> Services:
        """The parts of the running bot."""

    async def handle(self, message: Message, sink: Sink) -> None:
        """Answer ``message`` into ``sink``."""

    async def complete(self, message: Message, command: str, option: str, prefix: str) -> list[str]:
        """What an option's value may be."""
