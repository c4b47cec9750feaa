"""Answers on QQ: each message allows a few answers within some minutes, numbered, so that none is sent twice."""

import asyncio
import logging
import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from bot.events import Speaker
from bot.platforms.line.heard import Heard
from bot.platforms.line.sending import Delivery, Gone, Outgoing, Refused, Rejected, Undelivered
from bot.platforms.line.splitting import split
from bot.platforms.qq.error_codes import QQError
from bot.platforms.qq.qq_intake import Place, place_of
from bot.platforms.qq.reply_windows import GROUP, PRIVATE, ReplyWindows, fitted
from bot.platforms.qq.rest import Rest, Unreachable

log = logging.getLogger(__name__)

LONGEST_MESSAGE = 3500  # characters; QQ takes about 4,000
MOST_PIECES = 4  # as many as any message allows
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 20.0  # seconds between two tries
TEXT = 0  # msg_type
EMBEDDED = re.compile(r"<(?=[@#!]|emoji|qqbot)", re.IGNORECASE)


def pieces_of(text: str) -> list[str]:
    """A reply as few messages: the same text is always cut the same way, so a piece keeps its number."""
    return fitted(split(text, LONGEST_MESSAGE), MOST_PIECES, LONGEST_MESSAGE)


@dataclass(slots=True)
class Outlet:
    """What all answers share."""

    rest: Rest
    lacks: Callable[[Place, str], None]  # notes what the bot may not do
    windows: ReplyWindows = field(default_factory=ReplyWindows)
    closing: asyncio.Event = field(default_factory=asyncio.Event)


class QqSender:
    """Makes the deliveries of answers."""

    def __init__(self, outlet: Outlet) -> None:
        self._outlet = outlet

    def delivery(self, heard: Heard, shown: Sequence[str] = ()) -> Delivery:
        """The way to answer what was heard."""
        place = place_of(heard.channel)
        if place is None:
            raise ValueError(f"{heard.channel!r} is no channel of QQ")
        age = max(0.0, time.time() - heard.at)
        self._outlet.windows.open(heard.id, PRIVATE if place.is_private else GROUP, age)
        return QqDelivery(self._outlet, place, heard.id)


class QqDelivery:
    """The way of one answer."""

    def __init__(self, outlet: Outlet, place: Place, answered: str) -> None:
        self._outlet = outlet
        self._place = place
        self._answered = answered

    async def typing(self) -> None:
        """It would cost one of the few answers."""

    async def speak_as(self, speaker: Speaker) -> bool:
        """QQ shows every message under the bot's own name."""
        return False

    async def post(self, message: Outgoing) -> str:
        """Post one message; its id is what replies to it will name."""
        number = self._outlet.windows.take(self._answered)
        if number is None:
            raise Rejected("the time for answering this message is over")
        body = {"content": harmless(message.text), "msg_type": TEXT, "msg_id": self._answered, "msg_seq": number}
        pause = FIRST_PAUSE
        while True:
            try:
                data = await self._outlet.rest.request("POST", self._place.path, body)
            except Unreachable as error:  # under the same number nothing is sent twice
                log.info("qq: an answer was not taken yet: %s", error)
            except QQError as error:
                if error.meaning.kind == "duplicate":
                    return f"unknown-{self._answered}-{number}"[:200]
                raise self._refusal(error) from error
            else:
                return _id_of(data) or f"unknown-{self._answered}-{number}"[:200]
            await self._wait(pause)
            pause = min(LONGEST_PAUSE, 2 * pause)

    async def _wait(self, pause: float) -> None:
        if self._outlet.closing.is_set():
            raise Undelivered
        try:
            async with asyncio.timeout(pause):
                await self._outlet.closing.wait()
        except TimeoutError:
            return
        raise Undelivered

    def _refusal(self, error: QQError) -> Exception:
        match error.meaning.kind:
            case "window":
                self._outlet.windows.close(self._answered)
                return Rejected(str(error))
            case "refused":
                return Refused(str(error))
        return Rejected(str(error))

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


def harmless(text: str) -> str:
    """``text`` without QQ's embedded forms: ``<@everyone>`` of a model mentions nobody."""
    return EMBEDDED.sub("<\u200b", text)


def _id_of(data: object) -> str:
    """The index that a reply to it will name, else its id."""
    if not isinstance(data, dict):
        return ""
    extra = data.get("ext_info")
    index = extra.get("ref_idx") if isinstance(extra, dict) else None
    return str(index or data.get("id") or "")[:200]
