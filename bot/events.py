"""What crosses the border between a platform and the rest: messages in, replies out."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, Protocol


@dataclass(frozen=True, slots=True)
class Author:
    """A person as the platform names them. ``id`` is stable, ``name`` is what others see (untrusted text)."""

    id: str
    name: str
    is_admin: bool = False  # by the platform's own permissions; configured admins are added by dispatch
    is_bot: bool = False
    roles: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that came with a message, already read within the platform's size limit."""

    name: str
    data: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One message or one press of a button, from any platform.

    A slash command or a button arrives parsed: ``command`` is its registered name and ``arguments`` its options by
    name. Otherwise ``text`` is parsed by dispatch: ``+name ...``, ``/name ...`` or plain talk.
    """

    platform: str  # "console", "web", "discord", "onebot"
    channel: str  # the platform's id of the conversation's place; unique within the platform
    author: Author
    text: str = ""
    id: str | None = None  # the platform's id of this message; None where it has none
    reply_to: str | None = None  # the platform's id of the message that this one answers
    guild: str | None = None  # server or group: prompts, saves and settings never cross it; None in private chats
    language: str | None = None  # the reader's locale where the platform tells it: "en", "zh_CN", "ja"
    command: str | None = None
    arguments: Mapping[str, object] = field(default_factory=dict)
    node: int | None = None  # the turn that a button or a context menu belongs to
    address: str | None = None  # the network it came from, where the platform sees one; only limits look at it
    is_group: bool = False  # several people may speak here
    attachments: tuple[Attachment, ...] = ()
    merged: tuple[str, ...] = ()  # ids of the author's messages just before, whose words are part of ``text``


@dataclass(frozen=True, slots=True)
class Speaker:
    """Who a reply is from, where it is not the bot under its own name."""

    name: str
    avatar: str | None = None  # URL or path under prompts/


@dataclass(frozen=True, slots=True)
class File:
    """A file that goes out with a reply."""

    name: str
    data: bytes
    mime: str = "application/octet-stream"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """A whole reply, or a frame of one that is still being written (the full text so far, not a difference)."""

    text: str  # Markdown; user and model text in it is untrusted
    kind: Literal["turn", "info", "error"] = "info"  # turn: the model's words; info: a command's answer
    node: int | None = None  # the committed turn that this reply shows: its buttons and later replies resume it
    position: tuple[int, int] | None = None  # (2, 3): the second of three answers
    actions: tuple[str, ...] = ()  # commands offered as buttons, e.g. ("alternate", "continue", "undo")
    speaker: Speaker | None = None
    files: tuple[File, ...] = ()
    private: bool = False  # for the asker's eyes only, where the platform can
    finish_reason: str | None = None  # of a turn: "stop", "eos", "length", "cancelled", "timeout"


class Sink(Protocol):
    """Where the answer to one message goes. Platforms implement it; it must never raise into the generation."""

    async def typing(self) -> None:
        """Show that an answer is being made, where the platform can."""

    async def update(self, reply: Reply) -> None:
        """Offer a frame of the unfinished reply. Returns at once; the platform throttles and may drop frames."""

    async def send(self, reply: Reply) -> tuple[str, ...]:
        """Deliver the finished reply (it replaces the frames) and return the ids of the platform's messages."""


class Platform(Protocol):
    """A place where people talk: opened by app.py, runs until closed."""

    name: str

    async def start(self) -> None:
        """Connect or bind. Raises UserError when that cannot work as configured; network trouble is retried inside."""

    async def close(self) -> None:
        """Stop taking messages, deliver what is finished, disconnect. Idempotent."""

    async def announce(self, text: str) -> int:
        """Post ``text`` in the places where the bot talks; return how many were reached."""

    def describe(self) -> str:
        """One line for the start-up banner and ``status``: connected where, or why not."""
