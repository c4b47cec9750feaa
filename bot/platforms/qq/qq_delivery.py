"""Answers on QQ. A message can be answered a few times within a time window; numbers prevent duplicates."""

import asyncio
import logging
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from bot.events import Speaker
from bot.platforms.line.choices import Choices
from bot.platforms.line.incoming_event import IncomingEvent
from bot.platforms.line.sending import (
    Delivery,
    FrameSkipped,
    MessageGone,
    MessageRejected,
    NotPermitted,
    Outgoing,
    Undelivered,
)
from bot.platforms.qq.error_codes import QQError
from bot.platforms.qq.keyboards import keyboard_of
from bot.platforms.qq.message_forms import MessageForms, body_of
from bot.platforms.qq.qq_places import QqPlace, place_of
from bot.platforms.qq.reply_windows import GROUP, PRIVATE, ReplyWindows
from bot.platforms.qq.rest import Rest, Unreachable

log = logging.getLogger(__name__)

FIRST_PAUSE, MAX_PAUSE = 1.0, 20.0  # seconds between two tries
TOO_MANY = 429  # HTTP status
Json = dict[str, object]


@dataclass(slots=True, kw_only=True)
class DeliveryContext:
    """What all deliveries share."""

    rest: Rest
    forms: MessageForms
    choices: Choices
    report_missing: Callable[[QqPlace, str], None]  # reports a missing permission
    numbered: bool = True  # append numbered choices to answers without buttons
    windows: ReplyWindows = field(default_factory=ReplyWindows)
    closing: asyncio.Event = field(default_factory=asyncio.Event)

    async def wait(self, pause: float) -> None:
        """Wait before a retry. Raises Undelivered if the process is ending."""
        if self.closing.is_set():
            raise Undelivered
        try:
            async with asyncio.timeout(pause):
                await self.closing.wait()
        except TimeoutError:
            return
        raise Undelivered

    def refusal(self, error: QQError, answered: str) -> Exception:
        """Translate QQ's error into one of the line's, and close the window if it has expired."""
        match error.meaning.kind:
            case "window":
                self.windows.close(answered)
                return MessageRejected(str(error))
            case "refused":
                return NotPermitted(str(error))
        return MessageRejected(str(error))


@dataclass(frozen=True, slots=True)
class Anchor:
    """What is answered: a message, or another event such as a press."""

    message: str  # id in the inbox
    event: str = ""  # QQ's event id, if it is not a message

    def body(self, number: int, place: QqPlace) -> Json:
        """Return the fields that name what is answered, and the answer's number, which channels do not use."""
        named: Json = {"event_id": self.event} if self.event else {"msg_id": self.message}
        if not place.is_numbered or (self.event and number == 1):  # QQ treats a missing msg_seq as 1
            return named
        return named | {"msg_seq": number}


class QqSender:
    """Creates deliveries for answers."""

    def __init__(self, context: DeliveryContext) -> None:
        self._context = context

    def delivery(self, incoming: IncomingEvent, shown: Sequence[str] = ()) -> Delivery:
        """Return a delivery in whole messages."""
        return whole_delivery(self._context, incoming)


def whole_delivery(context: DeliveryContext, incoming: IncomingEvent) -> "QqDelivery":
    """Return a delivery in whole messages, and open the reply window.

    Raises ValueError if the channel is not one of QQ's.
    """
    place = place_of(incoming.channel)
    if place is None:
        raise ValueError(f"{incoming.channel!r} is no channel of QQ")
    age = max(0.0, time.time() - incoming.at)
    context.windows.open(incoming.id, PRIVATE if place.kind == "users" else GROUP, age)
    anchor = Anchor(incoming.id, str((incoming.stored or {}).get("event_id") or ""))
    return QqDelivery(context, place, anchor, incoming.origin.language)


class QqDelivery:
    """Sends one answer."""

    def __init__(self, context: DeliveryContext, place: QqPlace, anchor: Anchor, language: str | None = None) -> None:
        self._context = context
        self._place = place
        self._anchor = anchor
        self._language = language

    async def typing(self) -> None:
        """Do nothing: a typing notice would use up one of the few answers."""

    async def speak_as(self, speaker: Speaker) -> bool:
        """Return False: QQ shows every message under the bot's own name."""
        return False

    async def post(self, message: Outgoing) -> str:
        """Post one message. Returns the id by which replies refer to it."""
        if message.streaming:
            raise FrameSkipped("a whole message does not grow")
        for form in ("keyboard", "markdown"):
            if await self._context.forms.allows(form) and (body := self._body(message, form)) is not None:
                try:
                    return await self._posted(message, body)
                except QQError as error:
                    log.info("qq: an answer comes without %s: %s", form, error)
                    if error.meaning.kind == "form":
                        await self._context.forms.refuse(form, str(error))
        try:
            return await self._posted(message, body_of(self.with_choices(message), markdown=False))
        except QQError as error:
            raise self._context.refusal(error, self._anchor.message) from error

    def _body(self, message: Outgoing, form: str) -> Json | None:
        if form == "markdown":
            return body_of(self.with_choices(message), markdown=True)
        reply = message.reply
        keyboard = keyboard_of(reply, self._context.choices.face, self._language) if reply is not None else None
        return body_of(message.text, markdown=True, keyboard=keyboard) if keyboard else None

    def with_choices(self, message: Outgoing) -> str:
        """Return the text, with numbered choices appended in place of buttons."""
        if message.reply is None or not self._context.numbered:
            return message.text
        line = self._context.choices.line(message.reply, self._language)
        return f"{message.text}\n\n{line}" if line else message.text

    async def _posted(self, message: Outgoing, body: Json) -> str:
        number = await self._send(body if self._place.is_numbered else _unnumbered(body))
        if message.reply is not None:
            await self._context.choices.remember(self._place.channel, number, message.reply)
        return number

    async def _send(self, body: Json) -> str:
        """Send a message once, by its number. Raises QQError only if another format may be tried."""
        answered = self._anchor.message
        number = self._context.windows.take(answered)
        if number is None:
            raise MessageRejected("the time for answering this message is over")
        unknown = f"unknown-{answered}-{number}"[:200]
        pause = FIRST_PAUSE
        while True:
            try:
                data = await self._context.rest.request(
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
            await self._context.wait(pause)
            pause = min(MAX_PAUSE, 2 * pause)

    def _judged(self, error: QQError) -> Exception:
        if error.meaning.kind in ("form", "unknown"):
            self._context.windows.give_back(self._anchor.message)
            return error
        return self._context.refusal(error, self._anchor.message)

    async def edit(self, message_id: str, message: Outgoing) -> None:
        """Raise Rejected: QQ has no edits, and the line does not ask for any."""
        raise MessageRejected("messages of QQ cannot be edited")

    async def delete(self, message_id: str) -> None:
        """Raise Gone: the id known from ``post`` is not the one that deletion requires."""
        raise MessageGone

    async def report_missing(self, permission: str) -> None:
        """Log the missing permission: the bot cannot send its owner an unsolicited message."""
        self._context.report_missing(self._place, permission)

    async def end(self, *, answered: bool) -> None:
        """Do nothing: no progress indicator is shown."""


def _unnumbered(body: Json) -> Json:
    """Remove ``msg_type``: channels infer the format from the other fields."""
    return {name: value for name, value in body.items() if name != "msg_type"}


def id_of(data: Mapping[str, object]) -> str:
    """Return the index by which replies refer to the message, or else its id."""
    extra = data.get("ext_info")
    index = extra.get("ref_idx") if isinstance(extra, Mapping) else None
    return str(index or data.get("id") or "")[:200]
