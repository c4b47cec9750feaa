"""What crosses the border between a platform and the rest: events in, replies out."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal, Protocol

# The commands that platforms call of their own accord.
TALK, STOP, HELP, SWIPE = "chat", "stop", "help", "swipe"


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


# Fetches the files that came with a message, within the platform's limits; it is called once the author is authorised.
# True: the command takes files, so large ones are read too.
Load = Callable[[bool], Awaitable[tuple[Attachment, ...]]]


@dataclass(frozen=True, slots=True)
class Words:
    """What one of several messages that are answered together says."""

    id: str
    text: str


@dataclass(frozen=True, slots=True)
class Thread:
    """Where a thread comes from: ``channel``, and the message in it that it was started from."""

    channel: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Who did something, and where: all that access lists, limits and settings look at."""

    platform: str  # "console", "web", "discord", "onebot"
    channel: str  # the platform's id of the conversation's place; unique within the platform
    author: Author
    guild: str | None = None  # server or group: prompts, saves and settings never cross it; None in private chats
    language: str | None = None  # the reader's locale where the platform tells it: "en", "zh_CN", "ja"
    address: str | None = None  # the network it came from, where the platform sees one; only limits look at it
    is_group: bool = False  # several people may speak here
    speaker_names: bool | None = None  # the platform's default for telling the model who speaks; None: [chat]'s
    pause: float = 0.0  # seconds between answers that nobody asked for one by one
    thread: Thread | None = None  # set where the channel is a thread


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """A message as typed: ``+name ...``, ``/name ...`` or plain talk."""

    origin: Origin
    text: str
    id: str | None = None  # the platform's id of this message; None where it has none
    reply_to: str | None = None  # the platform's id of the message that this one answers
    node: int | None = None  # the turn that is answered, where the platform knows it itself
    attachments: tuple[Attachment, ...] = ()
    load: Load | None = None  # fetches more of them
    merged: tuple[Words, ...] = ()  # what ``text`` is made of, this message last; empty: of this one only


@dataclass(frozen=True, slots=True, kw_only=True)
class Called:
    """A command that arrives parsed, with its options by name: a slash command, an entry of a message's menu."""

    origin: Origin
    command: str
    arguments: Mapping[str, object] = field(default_factory=dict)
    node: int | None = None  # the turn that is meant; None: HEAD
    id: str | None = None  # the platform's id of the call; the turn that answers it is committed with it
    attachments: tuple[Attachment, ...] = ()
    load: Load | None = None  # fetches more of them


@dataclass(frozen=True, slots=True, kw_only=True)
class Pressed:
    """A press of a button under the message that shows ``node``."""

    origin: Origin
    command: str
    node: int | None
    id: str | None = None  # the platform's id of the press; the turn that answers it is committed with it
    arguments: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Edited:
    """The author changed the message ``id``: ``text`` is what it says now."""

    origin: Origin
    id: str
    text: str
    edit: str | None = None  # the platform's id of the edit; the turn that answers it is committed with it
    attachments: tuple[Attachment, ...] = ()
    load: Load | None = None  # fetches more of them
    merged: tuple[Words, ...] = ()  # all messages that were to be answered together, where none of them is a turn yet


@dataclass(frozen=True, slots=True, kw_only=True)
class Deleted:
    """The message ``id`` is gone. The author is whoever wrote it, where the platform tells that."""

    origin: Origin
    id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Recovered:
    """The answer ``node`` was written, but not shown before the process died. ``id``: the message it answers."""

    origin: Origin
    node: int
    id: str | None = None


Event = Said | Called | Pressed | Edited | Deleted | Recovered


@dataclass(frozen=True, slots=True)
class Speaker:
    """Who a reply is from, where it is not the bot under its own name."""

    name: str
    avatar: str | None = None  # https://..., or data:image/png;base64,... with the picture itself


@dataclass(frozen=True, slots=True)
class File:
    """A file that goes out with a reply."""

    name: str
    data: bytes
    mime: str = "application/octet-stream"


@dataclass(frozen=True, slots=True)
class Control:
    """A button, or an entry of a menu: the command that it calls, and the value of that command's first option."""

    command: str
    argument: str = ""
    label: str = ""  # what stands on it; "": the command's face
    asks: bool = False  # the press is followed by words


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What a form asks for before a command runs, where a platform has forms."""

    label: str
    lead: str  # the value of the command's text so far; what is answered follows it
    given: str = ""  # what the form holds at first


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """What can be chosen after a reply: a message of its own where there are buttons, numbers elsewhere."""

    text: str  # of that message
    plain: str = ""  # in place of the reply's text where the panel is no message of its own
    controls: tuple[Control, ...] = ()
    offers: tuple[Control, ...] = ()  # a menu of one command
    prompt: str = ""  # what stands in that menu while nothing is chosen
    removes: bool = False  # what the reply takes the place of is gone


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
    more: bool = False  # further replies follow this one, and none takes its place
    finish_reason: str | None = None  # of a turn: "stop", "eos", "length", "cancelled", "timeout"
    panel: Panel | None = None  # with an empty text: the panel alone, what stands before it stays as it is

    def __post_init__(self) -> None:
        """Halves of characters, as a plugin may make them, are no text that a platform could send."""
        try:
            self.text.encode()
        except UnicodeEncodeError:
            object.__setattr__(self, "text", self.text.encode("utf-8", "replace").decode())


def in_one(reply: Reply) -> Reply:
    """The reply with its panel's text in it, for where the panel is no message of its own."""
    panel = reply.panel
    if panel is None:
        return reply
    if not reply.text:
        return replace(reply, text=panel.plain or panel.text, kind="info", speaker=None)
    return replace(reply, text=panel.plain or reply.text)


class Sink(Protocol):
    """Where the answer to one event goes. Platforms implement it; it must never raise into the generation."""

    async def typing(self) -> None:
        """Show that an answer is being made, where the platform can."""

    async def update(self, reply: Reply) -> None:
        """Offer a frame of the unfinished reply. Returns at once; the platform throttles and may drop frames."""

    async def send(self, reply: Reply) -> tuple[str, ...]:
        """Deliver the finished reply (it replaces the frames) and return the ids of the platform's messages."""


class NullSink:
    """For what needs no answer: a stopped reply shows by itself that it was stopped."""

    async def typing(self) -> None:
        """Nothing."""

    async def update(self, reply: Reply) -> None:
        """Nothing."""

    async def send(self, reply: Reply) -> tuple[str, ...]:
        """Nothing."""
        return ()


class CollectingSink(NullSink):
    """Keeps the finished replies, for who waits for all of them."""

    def __init__(self) -> None:
        self.replies: list[Reply] = []

    async def send(self, reply: Reply) -> tuple[str, ...]:
        self.replies.append(reply)
        return ()


class Dispatcher(Protocol):
    """What platforms talk to. Everything that happens on a platform goes through ``handle``."""

    async def handle(self, event: Event, sink: Sink) -> None:
        """Answer ``event`` into ``sink``. Never raises, except when it is cancelled itself."""

    async def complete(self, origin: Origin, command: str, option: str, prefix: str) -> list[str]:
        """What an option's value may be, of what the author may see: at most 25."""

    async def question(self, origin: Origin, command: str, arguments: Mapping[str, object]) -> Question | None:
        """What the command asks for in a form, given these arguments; None: nothing is missing."""

    async def refuses(self, origin: Origin) -> bool:
        """Whether the lists say that somebody may not use the bot there."""

    async def shown(self, origin: Origin, texts: Sequence[str]) -> list[str]:
        """Replies of earlier as people there may see them: past the plugins' filters."""


class Platform(Protocol):
    """A place where people talk: opened by app.py, runs until closed."""

    name: str

    async def start(self) -> None:
        """Connect or bind. Raises UserError when that cannot work as configured; network trouble is retried inside."""

    async def close(self) -> None:
        """Stop taking messages, deliver what is finished, disconnect. Idempotent."""

    async def announce(self, text: str, places: Sequence[str] = ()) -> int:
        """Post ``text`` where the bot talks: as configured, and in the channels ``places``. How many were reached."""

    def describe(self) -> str:
        """One line for the start-up banner and ``status``: connected where, or why not."""
