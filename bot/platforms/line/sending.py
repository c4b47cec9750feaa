"""What the line needs of a platform: posting, editing and deleting messages."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from bot.events import File, Reply, Speaker
from bot.platforms.line.incoming_event import IncomingEvent


class MessageGone(Exception):  # noqa: N818  # named for what happened
    """The message or its channel no longer exists."""


class NotPermitted(Exception):  # noqa: N818  # as above
    """The platform does not permit this."""


class MessageRejected(Exception):  # noqa: N818  # as above
    """The platform does not accept the message as it is."""


class FrameSkipped(Exception):  # noqa: N818  # as above
    """A frame could not be shown; a later frame or the finished answer will be."""


class Undelivered(Exception):  # noqa: N818  # as above
    """The process ended before the platform could be reached again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """One message to be shown."""

    text: str
    reply: Reply | None = None  # whose buttons to attach; None: no buttons
    streaming: bool = False  # a frame of a growing answer: not retried
    files: tuple[File, ...] = ()
    private: bool = False
    panel: bool = False  # this message is the panel of ``reply``


class Delivery(Protocol):
    """Sends one answer to its channel.

    All methods but ``typing`` raise Gone, Refused or Rejected. On network failures frames raise Skipped; everything
    else is retried until it succeeds or the process ends (Undelivered).
    """

    async def typing(self) -> None:
        """Show the typing indicator. Never raises."""

    async def speak_as(self, speaker: Speaker) -> bool:
        """Return whether messages posted from now on appear under the character's own name. Never raises."""

    async def post(self, message: Outgoing) -> str:
        """Post a message and return its id."""

    async def edit(self, message_id: str, message: Outgoing) -> None:
        """Edit a message."""

    async def delete(self, message_id: str) -> None:
        """Delete a message."""

    async def report_missing(self, permission: str) -> None:
        """Report a missing permission: ``send``, or ``files`` to attach files. Never raises."""

    async def end(self, *, answered: bool) -> None:
        """Clean up after the answer, such as progress indicators. Never raises."""


class Sender(Protocol):
    """A platform's side of answering."""

    def delivery(self, incoming: IncomingEvent, shown: Sequence[str] = ()) -> Delivery:
        """Return a delivery for the answer; ``shown`` are messages already posted for it by an earlier process."""
