"""What the line asks of a platform: put messages there, change them, take them away."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from bot.events import File, Reply, Speaker
from bot.platforms.line.heard import Heard


class Gone(Exception):  # noqa: N818  # says what happened
    """The message or its channel is not there any more."""


class Refused(Exception):  # noqa: N818  # as above
    """The platform does not let the bot do that there."""


class Rejected(Exception):  # noqa: N818  # as above
    """The platform does not take the message as it is."""


class Skipped(Exception):  # noqa: N818  # as above
    """A frame could not be shown; the next one or the finished answer will be."""


class Undelivered(Exception):  # noqa: N818  # as above
    """The process ends before the platform could be reached again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """One message as it is to stand there."""

    text: str
    reply: Reply | None = None  # whose buttons stand under it; None: no buttons
    streaming: bool = False  # a frame of a growing answer: tried once
    files: tuple[File, ...] = ()
    private: bool = False
    panel: bool = False  # it is the panel of ``reply``


class Delivery(Protocol):
    """The way of one answer to its channel.

    All but ``typing`` raise Gone, Refused or Rejected; frames raise Skipped where the network fails, and everything
    else is tried until it is done or the process ends (Undelivered).
    """

    async def typing(self) -> None:
        """Show that an answer is being made. Never raises."""

    async def speak_as(self, speaker: Speaker) -> bool:
        """Whether what is posted from now on appears under the character's own name. Never raises."""

    async def post(self, message: Outgoing) -> str:
        """Post a message; returns its id."""

    async def edit(self, message_id: str, message: Outgoing) -> None:
        """Change a message."""

    async def delete(self, message_id: str) -> None:
        """Delete a message."""

    async def lacks(self, permission: str) -> None:
        """The bot may not ``send`` or attach ``files`` there. Never raises."""

    async def end(self, *, answered: bool) -> None:
        """Nothing more comes: take away what shows that an answer is on its way. Never raises."""


class Sender(Protocol):
    """A platform's side of answering."""

    def delivery(self, heard: Heard, shown: Sequence[str] = ()) -> Delivery:
        """The way to answer; ``shown`` was posted for it by an earlier process."""
