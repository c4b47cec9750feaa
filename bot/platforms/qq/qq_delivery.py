"""Answers on QQ: each message allows a few answers within some minutes, numbered, so that none is sent twice."""

import asyncio
import logging
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from bot.events import Speaker
from bot.platforms.line.choices import Choices
from bot.platforms.line.heard import Heard
from bot.platforms.line.sending import Delivery, Gone, Outgoing, Refused, Rejected, Skipped, Undelivered
from bot.platforms.qq.error_codes import QQError
from bot.platforms.qq.keyboards import keyboard_of
from bot.platforms.qq.message_forms import MessageForms, body_of
from bot.platforms.qq.qq_places import Place, place_of
from bot.platforms.qq.reply_windows import GROUP, PRIVATE, ReplyWindows
from bot.platforms.qq.rest import Rest, Unreachable

log = logging.getLogger(__name__)

FIRST_PAUSE, LONGEST_PAUSE = 1.0, 20.0  # seconds between two tries
TOO_MANY = 429  # HTTP status
Json = dict[str, object]


@dataclass(slots=True, kw_only=True)
class Outlet:
    """What all answers share."""

    rest: Rest
    forms: MessageForms
    choices: Choices
    lacks: Callable[[Place, str], None]  # notes what the bot may not do
    numbered: bool = True  # numbers stand under answers that have no buttons
    windows: ReplyWindows = field(default_factory=ReplyWindows)
    closing: asyncio.Event = field(default_factory=asyncio.Event)

    async def wait(self, pause: float) -> None:
        """Before another try. Raises Undelivered at the end of the process."""
        if self.closing.is_set():
            raise Undelivered
        try:
            async with asyncio.timeout(pause):
                await self.closing.wait()
        except TimeoutError:
            return
        raise Undelivered

    def refusal(self, error: QQError, answered: str) -> Exception:
        """What the line makes of an error."""
        match error.meaning.kind:
            case "window":
                self.windows.close(answered)
                return Rejected(str(error))
            case "refused":
                return Refused(str(error))
        return Rejected(str(error))


@dataclass(frozen=True, slots=True)
class Anchor:
    """What is answered: a message, or something else that happened, such as a press of a button."""

    heard: str  # its id in the inbox
    event: str = ""  # QQ's id of what is no message

    def body(self, number: int, place: Place) -> Json:
        """Which answer to it this is. Channels number none."""
        named: Json = {"event_id": self.event} if self.event else {"msg_id": self.heard}
        if not place.is_numbered or (self.event and number == 1):  # for QQ, 1 is the number of what has none
            return named
        return named | {"msg_seq": number}


class QqSender:
    """Makes the deliveries of answers."""

    def __init__(self, outlet: Outlet) -> None:
        self._outlet = outlet

    def delivery(self, heard: Heard, shown: Sequence[str] = ()) -> Delivery:
        """The way to answer what was heard."""
        return whole_delivery(self._outlet, heard)


def whole_delivery(outlet: Outlet, heard: Heard) -> "QqDelivery":
    """The way to answer in whole messages. Opens the window of what was heard."""
    place = place_of(heard.channel)
    if place is None:
        raise ValueError(f"{heard.channel!r} is no channel of QQ")
    age = max(0.0, time.time() - heard.at)
    outlet.windows.open(heard.id, PRIVATE if place.kind == "users" else GROUP, age)
    anchor = Anchor(heard.id, str((heard.stored or {}).get("event_id") or ""))
    return QqDelivery(outlet, place, anchor, heard.origin.language)


class QqDelivery:
    """The way of one answer."""

    def __init__(self, outlet: Outlet, place: Place, anchor: Anchor, language: str | None = None) -> None:
        self._outlet = outlet
        self._place = place
        self._anchor = anchor
        self._language = language

    async def typing(self) -> None:
        """It would cost one of the few answers."""

    async def speak_as(self, speaker: Speaker) -> bool:
        """QQ shows every message under the bot's own name."""
        return False

    async def post(self, message: Outgoing) -> str:
        """Post one message; its id is what replies to it will name."""
        if message.streaming:
            raise Skipped("a whole message does not grow")
        for form in ("keyboard", "markdown"):
            if await self._outlet.forms.allows(form) and (body := self._body(message, form)) is not None:
                try:
                    return await self._posted(message, body)
                except QQError as error:
                    log.info("qq: an answer comes without %s: %s", form, error)
                    if error.meaning.kind == "form":
                        await self._outlet.forms.refuse(form, str(error))
        try:
            return await self._posted(message, body_of(self.with_choices(message), markdown=False))
        except QQError as error:
            raise self._outlet.refusal(error, self._anchor.heard) from error

    def _body(self, message: Outgoing, form: str) -> Json | None:
        if form == "markdown":
            return body_of(self.with_choices(message), markdown=True)
        reply = message.reply
        keyboard = keyboard_of(reply, self._outlet.choices.face, self._language) if reply is not None else None
        return body_of(message.text, markdown=True, keyboard=keyboard) if keyboard else None

    def with_choices(self, message: Outgoing) -> str:
        """The words, and below them the numbers that stand for buttons."""
        if message.reply is None or not self._outlet.numbered:
            return message.text
        line = self._outlet.choices.line(message.reply, self._language)
        return f"{message.text}\n\n{line}" if line else message.text

    async def _posted(self, message: Outgoing, body: Json) -> str:
        number = await self._send(body if self._place.is_numbered else _unnumbered(body))
        if message.reply is not None:
            await self._outlet.choices.remember(self._place.channel, number, message.reply)
        return number

    async def _send(self, body: Json) -> str:
        """Under its number nothing is sent twice. Raises QQError only where another form may be taken."""
        answered = self._anchor.heard
        number = self._outlet.windows.take(answered)
        if number is None:
            raise Rejected("the time for answering this message is over")
        unknown = f"unknown-{answered}-{number}"[:200]
        pause = FIRST_PAUSE
        while True:
            try:
                data = await self._outlet.rest.request(
                    "POST", self._place.path, body | self._anchor.body(number, self._place)
                )
                return id_of(data) or unknown
            except Unreachable as error:
                if not error.unsent and not self._place.is_numbered:
                    log.warning("qq: whether an answer arrived is not known, so it is taken for sent: %s", error)
                    return unknown
                log.info("qq: an answer was not taken yet: %s", error)
            except QQError as error:
                if error.meaning.kind == "duplicate":
                    return unknown
                if error.status != TOO_MANY:
                    raise self._judged(error) from error
                log.info("qq: %s", error)
            await self._outlet.wait(pause)
            pause = min(LONGEST_PAUSE, 2 * pause)

    def _judged(self, error: QQError) -> Exception:
        if error.meaning.kind in ("form", "unknown"):
            self._outlet.windows.give_back(self._anchor.heard)
            return error
        return self._outlet.refusal(error, self._anchor.heard)

    async def edit(self, message_id: str, message: Outgoing) -> None:
        """QQ knows no edits, and the line asks for none."""
        raise Rejected("messages of QQ cannot be edited")

    async def delete(self, message_id: str) -> None:
        """What replies name is not what deletions take: nothing is deleted."""
        raise Gone

    async def lacks(self, permission: str) -> None:
        """It goes to the log: the bot cannot write to its owner without being asked."""
        self._outlet.lacks(self._place, permission)

    async def end(self, *, answered: bool) -> None:
        """Nothing shows that an answer is on its way."""


def _unnumbered(body: Json) -> Json:
    """Channels know a message's form by what is in it."""
    return {name: value for name, value in body.items() if name != "msg_type"}


def id_of(data: Mapping[str, object]) -> str:
    """The index that a reply to it will name, else its id."""
    extra = data.get("ext_info")
    index = extra.get("ref_idx") if isinstance(extra, Mapping) else None
    return str(index or data.get("id") or "")[:200]
