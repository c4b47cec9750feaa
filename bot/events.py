"""The interface between platforms and the rest of the bot: events in, replies out."""

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal, Protocol

from bot.i18n import Message

# Commands that platforms invoke themselves.
TALK, STOP, HELP, SWIPE = "chat", "stop", "help", "swipe"
SUBTEXT = re.compile(r"^-# ", re.MULTILINE)  # Discord's mark for small print; panels are written for Discord


@dataclass(frozen=True, slots=True)
class Author:
    """A user as identified by the platform. ``id`` is stable; ``name`` is the display name, untrusted text."""

    id: str
    name: str
    is_admin: bool = False  # by the platform's own permissions; configured owners are determined by Access
    is_bot: bool = False
    roles: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file attached to a message, already read within the platform's size limit."""

    name: str
    data: bytes


# Fetches a message's attachments within the platform's limits; called once the author is authorized.
# The argument is True if the command takes files, so that large ones are read as well.
Load = Callable[[bool], Awaitable[tuple[Attachment, ...]]]


@dataclass(frozen=True, slots=True)
class Words:
    """The text of one of several messages that are answered together."""

    id: str
    text: str


@dataclass(frozen=True, slots=True)
class Thread:
    """The origin of a thread: ``channel``, and the message in it from which the thread was started."""

    channel: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Who did something, and where: the input for access rules, limits and settings."""

    platform: str  # its name: "console", "web", "discord", "onebot", "qq"
    channel: str  # the platform's id of the conversation; unique within the platform
    author: Author
    guild: str | None = None  # server or group: prompts, saves and settings never cross it; None in private chats
    language: str | None = None  # the user's locale if the platform tells it: "en", "zh_CN", "ja"
    address: str | None = None  # network address if the platform sees one; used for limits only
    is_group: bool = False  # whether several people may speak here
    speaker_names: bool | None = None  # the platform's default for telling the model who speaks; None: use [chat]
    pause: float = 0.0  # seconds between the lines of a scene that runs by itself
    thread: Thread | None = None  # set if the channel is a thread


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """A message as typed: ``+name ...``, ``/name ...`` or plain text."""

    origin: Origin
    text: str
    id: str | None = None  # the platform's id of this message, if it has one
    reply_to: str | None = None  # the platform's id of the message that this one replies to
    node: int | None = None  # the turn that is answered, if the platform knows it
    attachments: tuple[Attachment, ...] = ()
    load: Load | None = None  # fetches further attachments
    merged: tuple[Words, ...] = ()  # the messages joined in ``text``, this one last; empty: only this one


@dataclass(frozen=True, slots=True, kw_only=True)
class Called:
    """A command with parsed options: a slash command, or an entry of a message's context menu."""

    origin: Origin
    command: str
    arguments: Mapping[str, object] = field(default_factory=dict)
    node: int | None = None  # the turn to act on; None: HEAD
    id: str | None = None  # the platform's id of the call; committed with the turn that answers it
    attachments: tuple[Attachment, ...] = ()
    load: Load | None = None  # fetches further attachments


@dataclass(frozen=True, slots=True, kw_only=True)
class Pressed:
    """A button pressed below the message that shows ``node``."""

    origin: Origin
    command: str
    node: int | None
    id: str | None = None  # the platform's id of the press; committed with the turn that answers it
    arguments: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Edited:
    """The author edited the message ``id``; ``text`` is its new content."""

    origin: Origin
    id: str
    text: str
    edit: str | None = None  # the platform's id of the edit; committed with the turn that answers it
    attachments: tuple[Attachment, ...] = ()
    load: Load | None = None  # fetches further attachments
    merged: tuple[Words, ...] = ()  # all messages to be answered together, if none of them is a turn yet


@dataclass(frozen=True, slots=True, kw_only=True)
class Deleted:
    """The message ``id`` was deleted. The author is its sender, if the platform tells that."""

    origin: Origin
    id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Recovered:
    """The reply ``node`` was generated but not shown before the process died. ``id``: the message it answers."""

    origin: Origin
    node: int
    id: str | None = None


Event = Said | Called | Pressed | Edited | Deleted | Recovered


@dataclass(frozen=True, slots=True)
class Speaker:
    """The apparent sender of a reply, if it is not the bot itself."""

    name: str
    avatar: str | None = None  # https://..., or a data:image/png;base64,... URL


@dataclass(frozen=True, slots=True)
class File:
    """A file sent with a reply."""

    name: str
    data: bytes
    mime: str = "application/octet-stream"


@dataclass(frozen=True, slots=True)
class Control:
    """A button or menu entry: the command it invokes, and the value of that command's first option."""

    command: str
    argument: str = ""
    label: str = ""  # its label; "": the command's default one
    asks: bool = False  # whether pressing it opens a form for text


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """The form shown before a command runs, on platforms with forms."""

    label: str
    lead: str  # the start of the command's text option; the answer is appended to it
    given: str = ""  # initial content of the input field


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """Choices offered after a reply: a separate message on platforms with buttons, a numbered list elsewhere."""

    text: str  # text of that message
    plain: str = ""  # replaces the reply's text if the panel is not a separate message
    controls: tuple[Control, ...] = ()
    offers: tuple[Control, ...] = ()  # menu of a single command
    prompt: str = ""  # placeholder of that menu
    removes: bool = False  # whether the message that the reply replaces is gone


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """A finished reply, or a frame of an unfinished one (the full text so far, not a difference)."""

    text: str  # Markdown; user and model text in it is untrusted
    kind: Literal["turn", "info", "error"] = "info"  # turn: generated by the model; info: a command's reply
    node: int | None = None  # the committed turn shown by this reply; its buttons and replies to it act on that turn
    position: tuple[int, int] | None = None  # (2, 3): the second of three answers
    actions: tuple[str, ...] = ()  # commands offered as buttons, e.g. ("alternate", "continue", "undo")
    speaker: Speaker | None = None
    files: tuple[File, ...] = ()
    private: bool = False  # visible to the author of the event only, if the platform can do that
    more: bool = False  # further replies follow this one, and none replaces it
    finish_reason: str | None = None  # of a turn: "stop", "eos", "length", "cancelled", "timeout"
    panel: Panel | None = None  # with an empty text: only the panel is sent, and the message before it stays

    def __post_init__(self) -> None:
        """Replace lone surrogates, as plugins may produce them: platforms cannot send such text."""
        try:
            self.text.encode()
        except UnicodeEncodeError:
            object.__setattr__(self, "text", self.text.encode("utf-8", "replace").decode())


def in_one(reply: Reply) -> Reply:
    """Return the reply merged with its panel's text, for platforms where the panel is not a separate message."""
    panel = reply.panel
    if panel is None:
        return reply
    if not reply.text:
        text = panel.plain or SUBTEXT.sub("", panel.text)
        return replace(reply, text=text, kind="info", speaker=None)
    return replace(reply, text=panel.plain or reply.text)


class Sink(Protocol):
    """Receives the replies to one event. Implemented by platforms; it must never raise into the generation."""

    async def typing(self) -> None:
        """Show that a reply is being generated, if the platform can."""

    async def update(self, reply: Reply) -> None:
        """Offer a frame of the unfinished reply. Returns at once; the platform throttles and may drop frames."""

    async def send(self, reply: Reply) -> tuple[str, ...]:
        """Deliver the finished reply, which replaces the frames, and return the ids of the platform's messages."""


class NullSink:
    """Discards everything, for events that need no reply."""

    async def typing(self) -> None:
        """Nothing."""

    async def update(self, reply: Reply) -> None:
        """Nothing."""

    async def send(self, reply: Reply) -> tuple[str, ...]:
        """Nothing."""
        return ()


class CollectingSink(NullSink):
    """Collects the finished replies."""

    def __init__(self) -> None:
        self.replies: list[Reply] = []

    async def send(self, reply: Reply) -> tuple[str, ...]:
        self.replies.append(reply)
        return ()


class Dispatcher(Protocol):
    """The entry point for platforms. Everything that happens on a platform goes through ``handle``."""

    async def handle(self, event: Event, sink: Sink) -> None:
        """Answer ``event`` through ``sink``. Never raises, except when it is cancelled itself."""

    async def complete(self, origin: Origin, command: str, option: str, prefix: str) -> list[str]:
        """Return at most 25 completions for an option's value, limited to what the author may see."""

    async def question(self, origin: Origin, command: str, arguments: Mapping[str, object]) -> Question | None:
        """Return the form that the command needs with these arguments, or None if nothing is missing."""

    async def refuses(self, origin: Origin) -> bool:
        """Return whether access rules forbid the author to use the bot there."""

    async def shown(self, origin: Origin, texts: Sequence[str]) -> list[str]:
        """Return stored replies with the plugins' filters applied."""


class Platform(Protocol):
    """A chat platform, created by app.py and running until closed."""

    name: str

    async def start(self) -> None:
        """Connect or bind. Raises UserError if the configuration makes that impossible; network errors are retried."""

    async def close(self) -> None:
        """Stop accepting messages, deliver what is finished, disconnect. Idempotent."""

    async def announce(self, text: str, places: Sequence[str] = ()) -> int:
        """Post ``text`` in the configured channels and in ``places``. Return the number reached."""

    def describe(self) -> Message:
        """Return one line for the banner, ``status`` and the owner's page: where it is connected, or why it is not."""
