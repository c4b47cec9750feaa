"""The contents of the simulated Discord: people, servers, channels and their messages."""

import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

EPOCH_MS = 1_420_070_400_000  # Discord counts milliseconds from the start of 2015

PERMISSIONS = {
    "view_channel": 1 << 10,
    "send_messages": 1 << 11,
    "embed_links": 1 << 14,
    "attach_files": 1 << 15,
    "read_message_history": 1 << 16,
    "manage_webhooks": 1 << 29,
    "create_public_threads": 1 << 35,
    "send_messages_in_threads": 1 << 38,
}
EVERYTHING = (1 << 50) - 1
MEMBERS = EVERYTHING & ~(1 << 3 | 1 << 5)  # all but administrator and manage server
MEMBER: dict[str, Any] = {
    "roles": [], "joined_at": "2026-01-01T00:00:00+00:00", "flags": 0, "deaf": False, "mute": False,
}  # fmt: skip


class Snowflakes:
    """Ids that contain their creation time, as Discord's do: expiry and order depend on it."""

    def __init__(self) -> None:
        self._last = 0

    def next(self, step: int = 1) -> str:
        """Return the next id, higher than all before it."""
        self._last = max(self._last + step, (int(time.time() * 1000) - EPOCH_MS) << 22)
        return str(self._last)


@dataclass(slots=True)
class Person:
    """A user or a bot."""

    id: str
    name: str
    is_bot: bool = False

    def told(self) -> dict[str, Any]:
        """As Discord tells it."""
        return {
            "id": self.id, "username": self.name, "discriminator": "0", "global_name": None, "avatar": None,
            "bot": self.is_bot,
        }  # fmt: skip


@dataclass(slots=True)
class Channel:
    """A text channel, a thread (it has a parent) or a private channel (it has no guild)."""

    id: str
    name: str
    guild: str | None
    parent: str | None = None
    recipient: Person | None = None
    kind: int = 0  # Discord's channel type, unless it is a thread: 0 text, 2 voice
    denied: set[str] = field(default_factory=set)  # permissions that the bot lacks here
    messages: dict[str, dict[str, Any]] = field(default_factory=dict)
    deleted: bool = False

    @property
    def last(self) -> str | None:
        """The newest message."""
        return next(reversed(self.messages), None)

    def told(self, bot: str) -> dict[str, Any]:
        """Return the channel as Discord describes it; the bot's missing permissions are in a separate overwrite."""
        if self.recipient is not None:
            return {"id": self.id, "type": 1, "recipients": [self.recipient.told()], "last_message_id": self.last}
        denied = sum(PERMISSIONS[name] for name in self.denied)
        overwrites = [{"id": bot, "type": 1, "allow": "0", "deny": str(denied)}] if denied else []
        base = {"id": self.id, "name": self.name, "guild_id": self.guild, "last_message_id": self.last}
        if self.parent:
            meta: dict[str, Any] = {"archived": False, "auto_archive_duration": 1440, "locked": False}
            meta["archive_timestamp"] = "2026-01-01T00:00:00+00:00"
            return base | {
                "type": 11, "parent_id": self.parent, "owner_id": bot, "thread_metadata": meta, "message_count": 0,
                "member_count": 1,
            }  # fmt: skip
        voice = {"bitrate": 64000, "user_limit": 0} if self.kind == 2 else {}
        return base | voice | {"type": self.kind, "position": 0, "permission_overwrites": overwrites, "topic": None}


@dataclass(slots=True)
class Webhook:
    """A channel's webhook."""

    id: str
    token: str
    channel: str
    name: str
    owner: str
    avatar: str | None = None


@dataclass(slots=True)
class Pressed:
    """An interaction: the request, whether it was acknowledged in time, and the responses."""

    id: str
    token: str
    channel: str
    user: str
    born: float
    kind: int
    acknowledged: int | None = None  # callback type
    answer: Any = None  # a completion's choices
    ephemeral: bool = False
    original: str | None = None  # id of the message that is the response
    messages: list[dict[str, Any]] = field(default_factory=list)

    @property
    def texts(self) -> list[str]:
        """The current texts of the responses, without "is thinking"."""
        return [message["content"] for message in self.messages if message["content"]]


class World:
    """Everything that exists, and its events (``told``: event name, guild or None, data)."""

    def __init__(self, bot: str = "roost") -> None:
        self.ids = Snowflakes()
        self.bot = Person(self.ids.next(), bot, is_bot=True)
        self.people: dict[str, Person] = {self.bot.id: self.bot}
        self.guilds: dict[str, str] = {}  # id -> name
        self.channels: dict[str, Channel] = {}
        self.webhooks: dict[str, Webhook] = {}
        self.interactions: dict[str, Pressed] = {}
        self.commands: dict[str, list[dict[str, Any]]] = {}  # scope ("global" or a guild) -> declared commands

    def person(self, name: str, *, is_bot: bool = False) -> Person:
        """Create a person."""
        made = Person(self.ids.next(), name, is_bot)
        self.people[made.id] = made
        return made

    def guild(self, name: str, channels: Iterable[str] = ("general",)) -> list[Channel]:
        """Create a server and return its channels."""
        number = self.ids.next(1 << 22)  # the shard is computed from the bits above
        self.guilds[number] = name
        return [self.channel(channel, number) for channel in channels]

    def channel(self, name: str, guild: str | None, **more: Any) -> Channel:
        """Create a channel."""
        made = Channel(self.ids.next(), name, guild, **more)
        self.channels[made.id] = made
        return made

    def private(self, person: Person) -> Channel:
        """Return the private channel of a person and the bot."""
        for channel in self.channels.values():
            if channel.recipient is person:
                return channel
        return self.channel(person.name, None, recipient=person)

    def guild_told(self, number: str, members: Iterable[Person]) -> dict[str, Any]:
        """Return a guild as GUILD_CREATE describes it."""
        role = {
            "id": number, "name": "@everyone", "permissions": str(MEMBERS), "position": 0, "color": 0,
            "hoist": False, "managed": False, "mentionable": False, "flags": 0,
        }  # fmt: skip
        own = [c for c in self.channels.values() if c.guild == number and not c.deleted]
        return {
            "id": number, "name": self.guilds[number], "owner_id": "1", "member_count": len(self.people),
            "channels": [c.told(self.bot.id) for c in own if not c.parent],
            "threads": [c.told(self.bot.id) for c in own if c.parent],
            "roles": [role], "emojis": [], "features": [], "presences": [], "voice_states": [], "stickers": [],
            "members": [{"user": person.told(), **MEMBER} for person in members], "large": False,
            "preferred_locale": "en-US",
        }  # fmt: skip

    def message(
        self, channel: Channel, author: dict[str, Any], content: str, *, answers: str | None = None, **more: Any
    ) -> dict[str, Any]:
        """Create a message in ``channel``; ``answers`` is the message it replies to."""
        empty: dict[str, Any] = {name: [] for name in ("mentions", "mention_roles", "attachments", "embeds")}
        made = {
            "id": self.ids.next(), "channel_id": channel.id, "author": author, "content": content, "type": 0,
            "timestamp": "2026-01-01T00:00:00+00:00", "edited_timestamp": None, "tts": False, "pinned": False,
            "mention_everyone": False, "components": [], "flags": 0, **empty, **more,
        }  # fmt: skip
        if answers is not None:
            made |= {"type": 19, "message_reference": {"message_id": answers, "channel_id": channel.id}}
            made["referenced_message"] = channel.messages.get(answers)
        if channel.guild:
            made["guild_id"] = channel.guild
        channel.messages[made["id"]] = made
        return made

    def transcript(self, channel: Channel) -> list[tuple[str, str]]:
        """Return what a reader of the channel sees, in order: (author's name, text)."""
        return [(m["author"]["username"], m["content"]) for m in channel.messages.values() if not m["flags"] & 64]
