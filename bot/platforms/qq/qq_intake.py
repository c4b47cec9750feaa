"""Turns QQ's events into events for the line: which are for the bot, and what they say."""

import re
import time
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from pydantic import ValidationError

from bot.commands.command import Command
from bot.config.schema import QqSection
from bot.events import Attachment, Author, Load, Origin, Pressed, Said
from bot.platforms.line.button_ids import read
from bot.platforms.line.choices import Choices
from bot.platforms.line.incoming_event import IncomingEvent
from bot.platforms.line.line import Line
from bot.platforms.line.message_deletion import TurnMessages
from bot.platforms.line.recovery import KeyValues, PastMessage
from bot.platforms.line.wake_words import wake_pattern
from bot.platforms.qq.payloads import InteractionEvent, MembershipEvent, MessageEvent, RawEvent
from bot.platforms.qq.qq_places import Kind, QqPlace, place_of
from bot.policy.departures import Departures
from bot.policy.scopes import TALK, channel_key

PLATFORM = "qq"
MESSAGES: Mapping[str, Kind] = {
    "C2C_MESSAGE_CREATE": "users", "GROUP_AT_MESSAGE_CREATE": "groups", "GROUP_MESSAGE_CREATE": "groups",
    "AT_MESSAGE_CREATE": "channels", "DIRECT_MESSAGE_CREATE": "dms",
}  # fmt: skip
TO_ALL = "GROUP_MESSAGE_CREATE"  # all messages of a group, if its owner lets the bot read them
PRESS = "INTERACTION_CREATE"
LEFT = frozenset({"GROUP_DEL_ROBOT", "FRIEND_DEL", "GUILD_DELETE"})
RETURNED = frozenset({"GROUP_ADD_ROBOT", "FRIEND_ADD", "GUILD_CREATE"})
MENTION = re.compile(r"<@!?(\w+)>")
NAMED = re.compile(r"[+＋/／]([^\W\d_][\w-]*)(?=\s|$)")
SIGN = re.compile(r"([+＋]{1,3})(?:\s+-\w+=\S*)*\s*")
MAX_NAME_LENGTH = 40
MAX_STORED_LENGTH = 20_000  # characters
MAX_QUOTE_LENGTH, MAX_QUOTED = 1000, 10  # characters, and parts of a message
REMEMBERED_NAMES = 4096


class Commands(Protocol):
    """The command registry."""

    def find(self, name: str) -> Command | None:
        """Return the command with that name, alias or sign."""


class Lines(Protocol):
    """The bot's lines."""

    def of(self, place: QqPlace) -> Line:
        """Return the line for a place."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IntakeContext:
    """The collaborators of QqIntake."""

    config: QqSection
    lines: Lines
    commands: Commands
    values: KeyValues
    messages: TurnMessages
    choices: Choices
    name: str  # the bot's name, used as a wake word


class QqIntake:
    """Receives events for the bot."""

    def __init__(self, context: IntakeContext) -> None:
        self._context = context
        self._config = context.config
        self._wake = wake_pattern([*context.config.wake_words, context.name])
        self._names: OrderedDict[str, str] = OrderedDict()  # user id -> name; press events carry none

    async def take(self, raw_event: RawEvent) -> None:
        """Handle an event. Malformed ones are ignored."""
        if raw_event.kind in LEFT | RETURNED:
            await self._note_membership(raw_event)
            return
        found = self.remembered(raw_event)
        if found is not None:
            place, remembered = found
            await self._context.lines.of(place).receive(place.channel, remembered.id, remembered.read)

    def remembered(self, raw_event: RawEvent, *, taken: bool = False) -> tuple[QqPlace, PastMessage] | None:
        """Wrap an event for the line. Returns None if it is of no use, or its author may not use the bot."""
        try:
            if raw_event.kind == PRESS:
                return self._press(raw_event, InteractionEvent.model_validate(raw_event.data))
            if raw_event.kind in MESSAGES:
                return self._message(raw_event.kind, MessageEvent.model_validate(raw_event.data), taken=taken)
        except ValidationError:
            return None
        return None

    async def _note_membership(self, raw_event: RawEvent) -> None:
        event = MembershipEvent.model_validate(raw_event.data)
        departures = Departures(self._context.values)
        note = departures.left if raw_event.kind in LEFT else departures.returned
        if guild := event.group_openid or event.id:
            await note(PLATFORM, "guild", guild)
        elif event.openid:
            await note(PLATFORM, "channel", QqPlace("users", event.openid).channel)

    # --- permissions and origins ----------------------------------------------------------------------------------

    def _permitted(self, user: str, place: QqPlace, guild: str | None) -> bool:
        config = self._config
        groups = set() if place.is_private else {place.id, guild}
        if not user or user in config.block_users or groups.intersection(config.block_groups):
            return False
        if config.allow_users and user not in config.allow_users:
            return False
        return not config.allow_groups or bool(groups.intersection(config.allow_groups))

    def _origin(self, place: QqPlace, author: Author, guild: str) -> Origin:
        return Origin(
            platform=PLATFORM, channel=place.channel, author=author,
            guild=None if place.is_private else guild or place.id, is_group=not place.is_private,
            speaker_names=self._config.speaker_names,
        )  # fmt: skip

    def _named(self, user: str, name: str) -> str:
        """Return the user's name, the last known one if ``name`` is empty."""
        name = " ".join(name.split())[:MAX_NAME_LENGTH]
        if name:
            self._names[user] = name
            self._names.move_to_end(user)
            while len(self._names) > REMEMBERED_NAMES:
                self._names.popitem(last=False)
        return name or self._names.get(user) or user[:8]

    # --- messages -------------------------------------------------------------------------------------------------

    def _message(self, kind: str, event: MessageEvent, *, taken: bool) -> tuple[QqPlace, PastMessage] | None:
        place = _place_of_message(MESSAGES[kind], event)
        if place is None or event.author.bot or not self._permitted(event.author.key, place, event.guild_id):
            return None

        async def read() -> IncomingEvent | None:
            text = _words(event)
            if not taken and not await self._addressed(kind, place, event, text):
                return None
            return await self._heard(kind, place, event, text)

        return place, PastMessage(event.id, read)

    async def _addressed(self, kind: str, place: QqPlace, event: MessageEvent, text: str) -> bool:
        """Return whether the bot is addressed. Only TO_ALL events need a check: the others mention the bot."""
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
        if place.id in self._config.talk_groups or await self._replied_to(place, event.quoted) is not None:
            return True
        return bool(await self._context.values.get(TALK, channel_key(PLATFORM, place.channel), False))

    def _command(self, text: str) -> Command | None:
        """Return the command called, if it is one of ours."""
        named = NAMED.match(text)
        sign = SIGN.fullmatch(text) if named is None else None
        name = named[1] if named else sign[1].replace("＋", "+") if sign else ""
        return self._context.commands.find(name) if name else None

    async def _replied_to(self, place: QqPlace, quoted: str | None) -> int | None:
        """Return the turn that the quoted message is recorded for."""
        if quoted is None:
            return None
        found = await self._context.messages.get(PLATFORM, place.channel, quoted)
        return found.node if found is not None else self._context.choices.node(quoted)

    async def _heard(self, kind: str, place: QqPlace, event: MessageEvent, text: str) -> IncomingEvent:
        name = self._named(event.author.key, event.author.username)
        author = Author(event.author.key, name, is_admin=event.is_by_admin and not place.is_private)
        origin = self._origin(place, author, event.guild_id)
        body = event.model_dump(mode="json") | {"content": event.content[:MAX_STORED_LENGTH], "attachments": []}
        at = event.timestamp.timestamp() if event.timestamp else time.time()
        stored = {"kind": kind, "event": body}
        if (pressed := await self._chosen(origin, place, event, text)) is not None:
            return self._press_heard(pressed, event.id, at, stored)
        command = self._command(text)
        known = event.quoted if await self._replied_to(place, event.quoted) is not None else None
        pictures = "".join(f" [{each.content_type.partition('/')[0] or 'file'}]" for each in event.attachments[:10])
        said = Said(
            origin=origin, text=f"{text}{pictures}".strip(), id=event.id, reply_to=known,
            load=_quoted_words(event) if known is None else None,
        )  # fmt: skip
        return IncomingEvent(
            id=event.id, event=said, at=at, alone=command is not None or known is not None,
            ordered=command is None, repeatable=command is None or command.needs_model, stored=stored,
        )  # fmt: skip

    async def _chosen(self, origin: Origin, place: QqPlace, event: MessageEvent, text: str) -> Pressed | None:
        """Return the button pressed by replying to an answer with a number, if any."""
        if event.quoted is None:
            return None
        choice = await self._context.choices.chosen(place.channel, event.quoted, text)
        node = await self._replied_to(place, event.quoted)
        if choice is None or node is None:
            return None
        arguments = self._arguments(choice.command, choice.argument)
        return Pressed(origin=origin, command=choice.command, node=node, id=event.id, arguments=arguments)

    # --- presses --------------------------------------------------------------------------------------------------

    def _press(self, raw_event: RawEvent, event: InteractionEvent) -> tuple[QqPlace, PastMessage] | None:
        place, press = _place_of_press(event), read(event.data.resolved.button_data)
        if place is None or press is None or not self._permitted(event.user, place, event.guild_id):
            return None
        number = f"i{event.id}"[:200]
        author = Author(event.user, self._named(event.user, ""))
        pressed = Pressed(
            origin=self._origin(place, author, event.guild_id), command=press.command, node=press.node, id=number,
            arguments=self._arguments(press.command, press.argument),
        )  # fmt: skip
        at = event.timestamp.timestamp() if event.timestamp else time.time()
        stored = {"kind": PRESS, "event": event.model_dump(mode="json"), "event_id": raw_event.id}

        async def read_it() -> IncomingEvent:
            return self._press_heard(pressed, number, at, stored)

        return place, PastMessage(number, read_it)

    def _arguments(self, command: str, argument: str) -> dict[str, object]:
        found = self._context.commands.find(command)
        return found.first(argument) if found is not None else {}

    def _press_heard(self, pressed: Pressed, number: str, at: float, stored: Mapping[str, object]) -> IncomingEvent:
        command = self._context.commands.find(pressed.command)
        repeatable = command is not None and command.needs_model
        return IncomingEvent(
            id=number, event=pressed, at=at, alone=True, ordered=repeatable, repeatable=repeatable, stored=stored
        )


def _quoted_words(event: MessageEvent) -> Load | None:
    """Return a loader for the text of a quoted message that is not a turn."""
    text = "\n".join(each.content for each in event.msg_elements[:MAX_QUOTED] if each.content)[:MAX_QUOTE_LENGTH]
    if event.quoted is None or not text:
        return None

    async def load(large: bool) -> tuple[Attachment, ...]:
        return () if large else (Attachment("[quoted message]", text.encode("utf-8", "replace")),)

    return load


def _words(event: MessageEvent) -> str:
    """Return the text, with mentions of others replaced by their names."""
    others = [each for each in event.mentions if each.username and not each.is_you and not each.bot]
    names = {each.member_openid or each.id: f"@{each.username[:MAX_NAME_LENGTH]}" for each in others}
    return MENTION.sub(lambda match: f" {names.get(match[1], '')} ", event.content).strip()


def _place_of_message(kind: Kind, event: MessageEvent) -> QqPlace | None:
    """Return the place of a message; None if its id is not safe in a URL path."""
    ids = {"groups": event.group_openid, "users": event.author.key, "channels": event.channel_id, "dms": event.guild_id}
    return place_of(f"{kind}:{ids[kind]}")


def _place_of_press(event: InteractionEvent) -> QqPlace | None:
    if event.group_openid:
        return place_of(f"groups:{event.group_openid}")
    if event.user_openid:
        return place_of(f"users:{event.user_openid}")
    return place_of(f"channels:{event.channel_id}")
