"""What could not be started, and why."""

import logging
from dataclasses import dataclass

from bot.errors import UserError
from bot.i18n import Message, translate_value

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class NotRunning:
    """A part of the bot that is switched off or failed."""

    name: str
    reason: Message | UserError  # with how to start it

    def __str__(self) -> str:
        return f"{self.name}: {self.reason}"

    def in_language(self, language: str | None) -> str:
        """Return the reason in ``language``."""
        return str(translate_value(self.reason, language))


def failed(name: str, error: Exception) -> NotRunning:
    """Return why a part could not be started. What is no UserError is logged with its traceback."""
    if isinstance(error, UserError):
        return NotRunning(name, error)
    log.error("%s could not be started", name, exc_info=error)
    return NotRunning(name, Message("could not be started ({error})", error=f"{type(error).__name__}: {error}"))
