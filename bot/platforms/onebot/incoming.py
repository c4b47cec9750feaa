"""Turns a bridge's events into events for the line: which are for the bot, and what they say."""

import itertools
import re
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from bot.config.schema import OneBotSection
from bot.events import Author, Load, Origin, Pressed, Said
from bot.platforms.line.choices import Choices
from bot.platforms.line.incoming_event import IncomingEvent
from bot.platforms.line.line import Line
from bot.platforms.line.message_deletion import MessageDeletion
from bot.platforms.line.recovery import PastMessage
from bot.platforms.line.wake_words import wake_pattern
from bot.platforms.onebot.bridge import Bridge
from bot.platforms.onebot.channel_health import ChannelHealth
from bot.platforms.onebot.frames import MessageEvent, NoticeEvent, Sender
from bot.platforms.onebot.places import PLATFORM, OneBotPlace
from bot.platforms.onebot.posting import Posting
from bot.platforms.onebot.referenced_messages import ReferencedMessages, plain_name
from bot.platforms.onebot.segments import Content, Segment, content_of, text_segment
from bot.platforms.onebot.storage import Commands, OneBotStore
from bot.policy.departures import Departures
from bot.policy.scopes import TALK, channel_key

LEFT, JOINED = MEMBERSHIP = ("group_decrease", "group_increase")
BUTLER = "2854196310"  # QQ's service account that posts announcements in groups
NAMED = re.compile(r"[+＋/／]([^\W\d_][\w-]*)(?=\s|$)")
SIGN = re.compile(r"([+＋]{1,3})(?:\s+-\w+=\S*)*\s*")
REMEMBERED_NAMES = 4096
MAX_STORED_LENGTH = 20_000  # characters per message


@dataclass(frozen=True, slots=True, kw_only=True)
class IncomingContext:
    """The collaborators of Incoming."""

    config: OneBotSection
    bridge: Bridge
    line: Line
    commands: Commands
    store: OneBotStore
    choices: Choices
    posting: Posting
    health: ChannelHealth
    own_accounts: Callable[[], frozenset[str]]  # ids of all accounts of this bot
    account: str = ""  # account prefix of its channels


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote:
    """The message that is replied to."""

    id: str | None = None
    node: int | None = None  # the turn that it is recorded for
    ours: bool = False  # written by the bot

    @property
    def is_known(self) -> bool:
        """Whether it is recorded for a turn."""
        return self.node is not None


class Incoming:
    """Receives events for one account."""

    def __init__(self, context: IncomingContext) -> None:
        self._context = context
        self._config = context.config
        self._bridge = context.bridge
        self._deletion = MessageDeletion(context.line, context.store.messages)
        self._wake = wake_pattern(context.config.wake_words)
        self._names: OrderedDict[str, str] = OrderedDict()  # account id -> name
        self._pokes = itertools.count(1)

    def add_wake_words(self, names: tuple[str, ...]) -> None:
        """Make ``names`` wake words as well, such as the account's own nickname."""
        self._wake = wake_pattern([*self._config.wake_words, *(name for name in names if len(name.strip()) > 1)])

    # --- events -------------------------------------------------------------------------------------------------

    async def message(self, event: MessageEvent) -> None:
        """Handle a new message, if it is meant for the bot."""
        if self._concerns(event):
            self._remember_name(event)
            await self._context.line.receive(self._place(event).channel, event.message_id, self.remembered(event).read)

    async def notice(self, event: NoticeEvent) -> None:
        """Handle a recall, a poke, a mute, or the bot's joining or leaving a group."""
        if event.notice_type in ("group_recall", "friend_recall"):
            await self._recall_notice(event)
        elif event.notice_type == "notify" and event.sub_type == "poke":
            await self._poked(event)
        elif event.notice_type == "group_ban" and event.group_id and event.user_id in self._bridge.own_ids:
            seconds = 0.0 if event.sub_type == "lift_ban" else max(1.0, event.duration)
            self._context.health.mute(OneBotPlace("group", event.group_id, self._context.account).channel, seconds)
        elif event.notice_type in MEMBERSHIP and event.group_id and event.user_id in self._bridge.own_ids:
            departures = Departures(self._context.store.values)
            note = departures.left if event.notice_type == LEFT else departures.returned
            await note(PLATFORM, "guild", event.group_id)

    async def recalled(self, event: MessageEvent) -> None:
        """Handle a message that was recalled while the bot was offline."""
        place = self._place(event)
        await self._deletion.handle(self._origin(place, Author(event.user_id, event.sender.name)), event.message_id)

    async def _recall_notice(self, event: NoticeEvent) -> None:
        number = event.group_id or event.user_id
        if event.message_id is None or number is None:
            return
        place = OneBotPlace("group" if event.group_id else "private", number, self._context.account)
        origin = self._origin(place, Author(event.user_id or "", self._names.get(event.user_id or "", "")))
        await self._deletion.handle(origin, event.message_id)

    async def _poked(self, event: NoticeEvent) -> None:
        """Handle a poke as if the configured text had been sent."""
        if not self._config.poke or event.user_id is None or event.target_id not in self._bridge.own_ids:
            return
        kind = "group" if event.group_id else "private"
        name = self._names.get(event.user_id, "")
        said = MessageEvent.model_validate({
            "self_id": event.self_id, "message_type": kind, "user_id": event.user_id, "group_id": event.group_id,
            "message_id": f"poke-{time.time_ns()}-{next(self._pokes)}", "sender": Sender(nickname=name).model_dump(),
            "message": [text_segment(self._config.poke).as_json()], "time": time.time(),
        })  # fmt: skip
        if self._concerns(said):
            read = self.remembered(said, taken=True).read
            await self._context.line.receive(self._place(said).channel, said.message_id, read)

    # --- addressing ---------------------------------------------------------------------------------------------

    def _concerns(self, event: MessageEvent) -> bool:
        """Return whether the author may talk to the bot there, and the bot may answer."""
        own = self._context.own_accounts() | self._bridge.own_ids
        if event.user_id in own or event.user_id == BUTLER or event.sub_type == "anonymous":
            return False
        if event.message_type == "group" and event.group_id is None:
            return False
        place = self._place(event)
        return permitted(self._config, event.user_id, event.group_id) and not self._context.health.problem(
            place.channel
        )

    def remembered(self, event: MessageEvent, *, taken: bool = False) -> PastMessage:
        """Wrap a message for the line. If it was ``taken`` in before, it is known to be for the bot."""

        async def read() -> IncomingEvent | None:
            if not self._concerns(event):
                return None
            content = content_of(event.segments, frozenset(self._bridge.own_ids), self._names)
            quote = await self._quote(event, content)
            if not taken and not await self._addressed(event, content, quote):
                return None
            return await self._heard(event, content, quote)

        return PastMessage(event.message_id, read)

    async def _addressed(self, event: MessageEvent, content: Content, quote: Quote) -> bool:
        """Return whether the bot is addressed: private message, mention, reply, command, wake word or talk group.

        Unknown commands are left to other bots.
        """
        if content.mentioned & self._bridge.own_ids:
            return True
        if not content.text:
            return False
        if event.message_type == "private" or quote.ours or self._command(content.text) is not None:
            return True
        if content.text[0] in "/／":
            return False
        if self._wake is not None and self._wake.search(content.text):
            return True
        return await self._talks_in(event)

    async def _talks_in(self, event: MessageEvent) -> bool:
        """Return whether every message is answered there."""
        if event.group_id in {str(group) for group in self._config.talk_groups}:
            return True
        key = channel_key(PLATFORM, self._place(event).channel)
        return bool(await self._context.store.values.get(TALK, key, False))

    async def _quote(self, event: MessageEvent, content: Content) -> Quote:
        """Return the quoted message, as far as the bot knows it."""
        if content.quoted is None:
            return Quote()
        known = await self._context.store.messages.get(PLATFORM, self._place(event).channel, content.quoted)
        ours = known is not None and not known.said
        return Quote(id=content.quoted, node=known.node if known else None, ours=ours or self._is_own(content.quoted))

    def _is_own(self, message: str) -> bool:
        return self._context.posting.is_own(message)

    def _enclosed(self, event: MessageEvent, quote: Quote) -> Load | None:
        """Return a loader for forwarded messages, and for a quoted message that is not a turn."""
        forwards = tuple(each for each in event.segments if each.kind == "forward")
        foreign = None if quote.is_known or quote.ours else quote.id
        return ReferencedMessages(self._bridge, foreign, forwards).load if forwards or foreign else None

    def _command(self, text: str) -> str | None:
        """Return the name of the command called; None if it is not one of ours."""
        named = NAMED.match(text)
        sign = SIGN.fullmatch(text) if named is None else None
        name = named[1] if named else sign[1].replace("＋", "+") if sign else ""
        return name if name and self._context.commands.find(name) is not None else None

    # --- content ------------------------------------------------------------------------------------------------

    async def _heard(self, event: MessageEvent, content: Content, quote: Quote) -> IncomingEvent:
        place = self._place(event)
        name = plain_name(event.sender.name) or event.user_id
        admin = event.sender.is_admin and place.kind == "group"  # in private chats only the configuration names admins
        origin = self._origin(place, Author(event.user_id, name, is_admin=admin))
        stored = {"account": self._bridge.account, "event": _compact(event).model_dump(mode="json")}
        at = event.time or time.time()
        pressed = await self._pressed(origin, event, content, quote)
        if pressed is not None:
            command = self._context.commands.find(pressed.command)
            repeatable = command is not None and command.needs_model
            return IncomingEvent(
                id=event.message_id, event=pressed, at=at, alone=True, ordered=repeatable, repeatable=repeatable,
                stored=stored,
            )  # fmt: skip
        called = self._command(content.text)
        command = self._context.commands.find(called) if called else None
        said = Said(
            origin=origin, text=content.text, id=event.message_id, reply_to=quote.id if quote.is_known else None,
            load=self._enclosed(event, quote),
        )  # fmt: skip
        return IncomingEvent(
            id=event.message_id, event=said, at=at, alone=called is not None or quote.is_known,
            ordered=called is None, repeatable=command is None or command.needs_model, stored=stored,
        )  # fmt: skip

    async def _pressed(self, origin: Origin, event: MessageEvent, content: Content, quote: Quote) -> Pressed | None:
        """Return the button pressed by replying to an answer with a number, if any."""
        if not quote.ours or quote.id is None:
            return None
        choice = await self._context.choices.chosen(origin.channel, quote.id, content.text)
        node = quote.node or self._context.choices.node(quote.id)
        if choice is None or node is None:
            return None
        command = self._context.commands.find(choice.command)
        arguments = command.first(choice.argument) if command is not None else {}
        return Pressed(origin=origin, command=choice.command, node=node, id=event.message_id, arguments=arguments)

    def _place(self, event: MessageEvent) -> OneBotPlace:
        if event.message_type == "group" and event.group_id is not None:
            return OneBotPlace("group", event.group_id, self._context.account)
        return OneBotPlace("private", event.user_id, self._context.account)

    def _origin(self, place: OneBotPlace, author: Author) -> Origin:
        is_group = place.kind == "group"
        return Origin(
            platform=PLATFORM, channel=place.channel, author=author, guild=place.number if is_group else None,
            is_group=is_group, speaker_names=self._config.speaker_names,
        )  # fmt: skip

    def _remember_name(self, event: MessageEvent) -> None:
        self._names[event.user_id] = plain_name(event.sender.name) or event.user_id
        self._names.move_to_end(event.user_id)
        while len(self._names) > REMEMBERED_NAMES:
            self._names.popitem(last=False)


def permitted(config: OneBotSection, user: str, group: str | None) -> bool:
    """Check the lists of bot.toml: no block list may match, and every allow list with entries must match."""
    allowed_users, blocked_users = _texts(config.allow_users), _texts(config.block_users)
    allowed_groups, blocked_groups = _texts(config.allow_groups), _texts(config.block_groups)
    if user in blocked_users or (group is not None and group in blocked_groups):
        return False
    if allowed_users and user not in allowed_users:
        return False
    return not allowed_groups or group in allowed_groups


def _texts(numbers: list[int | str]) -> set[str]:
    return {str(number) for number in numbers}


def _compact(event: MessageEvent) -> MessageEvent:
    """Reduce an event for the inbox to the fields that are read, at most MAX_STORED_LENGTH characters."""
    left = MAX_STORED_LENGTH
    kept: list[dict[str, object]] = []
    for segment in event.segments:
        data: dict[str, object] = {}
        for name in ("text", "content", "qq", "name", "id", "summary"):
            if value := segment.get(name)[:left]:
                data[name] = value
                left -= len(value)
        kept.append(Segment(segment.kind, data).as_json())
    return event.model_copy(update={"message": kept, "raw_message": ""})
