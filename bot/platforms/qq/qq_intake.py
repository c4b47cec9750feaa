"""From QQ's events to the line: which messages are for the bot, and what they say to it."""

import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, Protocol

from pydantic import ValidationError

from bot.commands.command import Command
from bot.config.schema import QqSection
from bot.events import Author, Origin, Said
from bot.platforms.line.heard import Heard
from bot.platforms.line.line import Line
from bot.platforms.line.recovery import Remembered, Values
from bot.platforms.line.wake_words import wake_pattern
from bot.platforms.qq.payloads import MessageEvent
from bot.policy.scopes import TALK, channel_key

PLATFORM = "qq"
Kind = Literal["groups", "users", "channels", "dms"]
KINDS: dict[str, Kind] = {
    "C2C_MESSAGE_CREATE": "users", "GROUP_AT_MESSAGE_CREATE": "groups", "GROUP_MESSAGE_CREATE": "groups",
    "AT_MESSAGE_CREATE": "channels", "DIRECT_MESSAGE_CREATE": "dms",
}  # fmt: skip
TO_ALL = "GROUP_MESSAGE_CREATE"  # everything that is said in a group, where its owner lets the bot read it
MENTION = re.compile(r"<@!?\w+>")
NAMED = re.compile(r"[+＋/／]([^\W\d_][\w-]*)(?=\s|$)")
SIGN = re.compile(r"([+＋]{1,3})(?:\s+-\w+=\S*)*\s*")
LONGEST_NAME = 40
LONGEST_STORED = 20_000  # characters
QUOTE = 103  # message_type


class Commands(Protocol):
    """The register of commands."""

    def find(self, name: str) -> Command | None:
        """The command of that name, alias or sign."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where something is said, as QQ's paths name it; ids are the bot's own for a group or a person."""

    kind: Kind
    id: str

    @property
    def channel(self) -> str:
        """The conversation's name."""
        return f"{self.kind}:{self.id}"

    @property
    def path(self) -> str:
        """Where messages to it are posted."""
        start = "/v2" if self.kind in ("groups", "users") else ""
        return f"{start}/{self.kind}/{self.id}/messages"

    @property
    def is_private(self) -> bool:
        """Whether one person talks to the bot alone."""
        return self.kind in ("users", "dms")


def place_of(channel: str) -> Place | None:
    """The place of a channel; None for what is none."""
    name, _, number = channel.partition(":")
    kind = next((each for each in KINDS.values() if each == name), None)
    return Place(kind, number) if kind is not None and re.fullmatch(r"[\w-]+", number) else None


class QqIntake:
    """Hears for the bot."""

    def __init__(self, config: QqSection, line: Line, commands: Commands, values: Values, name: str) -> None:
        self._config = config
        self._line = line
        self._commands = commands
        self._values = values
        self._wake = wake_pattern([*config.wake_words, name])

    async def take(self, kind: str, data: Mapping[str, object]) -> None:
        """An event. What cannot be read ends nothing."""
        found = self.remembered(kind, data)
        if found is not None:
            place, remembered = found
            await self._line.hear(place.channel, remembered.id, remembered.read)

    def remembered(
        self, kind: str, data: Mapping[str, object], *, taken: bool = False
    ) -> tuple[Place, Remembered] | None:
        """A message for the line; None for what is no message of a person who may talk to the bot."""
        if kind not in KINDS:
            return None
        try:
            event = MessageEvent.model_validate(data)
        except ValidationError:
            return None
        place = _place(KINDS[kind], event)
        if place is None or event.author.bot or not self._permitted(event.author.key, place):
            return None

        async def read() -> Heard | None:
            text = MENTION.sub(" ", event.content).strip()
            if not taken and not await self._addressed(kind, place, event, text):
                return None
            return self._heard(kind, place, event, text)

        return place, Remembered(event.id, read)

    def _permitted(self, user: str, place: Place) -> bool:
        config = self._config
        group = None if place.is_private else place.id
        if not user or user in config.block_users or group in config.block_groups:
            return False
        if config.allow_users and user not in config.allow_users:
            return False
        return not config.allow_groups or group in config.allow_groups

    async def _addressed(self, kind: str, place: Place, event: MessageEvent, text: str) -> bool:
        """QQ brings what mentions the bot; of everything else in a group only what calls it."""
        if kind != TO_ALL or any(mention.is_you for mention in event.mentions):
            return True
        if not text:
            return False
        if self._command(text) is not None:
            return True
        if text[0] in "/／":
            return False
        if self._wake is not None and self._wake.search(text):
            return True
        if place.id in self._config.talk_groups:
            return True
        return bool(await self._values.get(TALK, channel_key(PLATFORM, place.channel), False))

    def _command(self, text: str) -> Command | None:
        """The bot's own command that is called."""
        named = NAMED.match(text)
        sign = SIGN.fullmatch(text) if named is None else None
        name = named[1] if named else sign[1].replace("＋", "+") if sign else ""
        return self._commands.find(name) if name else None

    def _heard(self, kind: str, place: Place, event: MessageEvent, text: str) -> Heard:
        name = " ".join(event.author.username.split())[:LONGEST_NAME] or event.author.key[:8]
        author = Author(event.author.key, name, is_admin=event.author.is_admin and not place.is_private)
        origin = Origin(
            platform=PLATFORM, channel=place.channel, author=author, guild=None if place.is_private else place.id,
            is_group=not place.is_private, speaker_names=self._config.speaker_names,
        )  # fmt: skip
        quoted = next((each.msg_idx for each in event.msg_elements if each.msg_idx), None)
        reply_to = quoted if event.message_type == QUOTE else None
        command = self._command(text)
        body = event.model_dump(mode="json") | {"content": event.content[:LONGEST_STORED], "attachments": []}
        at = event.timestamp.timestamp() if event.timestamp else time.time()
        pictures = "".join(f" [{each.content_type.partition('/')[0] or 'file'}]" for each in event.attachments[:10])
        said = Said(origin=origin, text=f"{text}{pictures}".strip(), id=event.id, reply_to=reply_to)
        return Heard(
            id=event.id, event=said, at=at, alone=command is not None or reply_to is not None,
            ordered=command is None, repeatable=command is None or command.needs_model,
            stored={"kind": kind, "event": body},
        )  # fmt: skip


def _place(kind: Kind, event: MessageEvent) -> Place | None:
    """Where it was said; None where QQ does not say it in a form that can stand in a path."""
    ids = {"groups": event.group_openid, "users": event.author.key, "channels": event.channel_id, "dms": event.guild_id}
    return place_of(f"{kind}:{ids[kind]}")
