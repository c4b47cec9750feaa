"""Sends each message of an account once. If the outcome is unknown, the history is checked before a retry."""

import asyncio
import itertools
import logging
import re
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

from bot.platforms.line.sending import MessageRejected, NotPermitted, Undelivered
from bot.platforms.onebot.bridge import ACTION_SECONDS, ActionFailed, ActionLost, Bridge, LinkLost, NotAsked
from bot.platforms.onebot.channel_health import ChannelHealth
from bot.platforms.onebot.frames import as_time, author_of, segments_of
from bot.platforms.onebot.places import OneBotPlace, as_number
from bot.platforms.onebot.segments import Segment, content_of
from bot.platforms.onebot.send_pace import SendPacer

log = logging.getLogger(__name__)

RETRIES, RETRY_AFTER = 2, 1.5  # for sends that the bridge reports as failed; seconds between them
FINAL = {100, 1400, 1404}  # not found, invalid parameters, unknown action: a retry cannot help
LOOK_AFTER = 2.0  # seconds before a lost message shows up in the history
SKEW = 60.0  # seconds by which QQ's clock may differ from ours
LOOKED_AT = 20  # latest messages checked
REMEMBERED = 4096  # ids of sent messages
REFUSALS = re.compile(r"result[: ]*1[12]0|not in (?:the )?group|muted|banned|禁言|不在群|被移出", re.IGNORECASE)
UNSUPPORTED = re.compile(
    r"unsupported|not (?:supported|implemented)|unknown (?:action|segment)|不支持|未实现", re.IGNORECASE
)
HISTORY = {"group": "get_group_msg_history", "private": "get_friend_msg_history"}


class Unsupported(MessageRejected):
    """The bridge does not support the action or segment."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OutgoingMessage:
    """One outgoing message."""

    place: OneBotPlace
    segments: Sequence[Segment]
    forward: bool = False  # the segments are the nodes of a merged forward

    @property
    def action(self) -> str:
        """The bridge's action that sends it."""
        return f"send_{self.place.kind}_{'forward_' if self.forward else ''}msg"

    @property
    def params(self) -> Mapping[str, object]:
        """The action's parameters."""
        parts = [segment.as_json() for segment in self.segments]
        return {**self.place.params, "messages" if self.forward else "message": parts}

    @property
    def text(self) -> str:
        """The text without quotes."""
        return content_of([each for each in self.segments if each.kind != "reply"]).text


class Posting:
    """Sends messages for one account."""

    def __init__(
        self,
        bridge: Bridge,
        pacer: SendPacer,
        health: ChannelHealth,
        silenced: Callable[[OneBotPlace], Awaitable[None]],
    ) -> None:
        self._bridge = bridge
        self._pacer = pacer
        self._health = health
        self._silenced = silenced  # tells the owner that a channel is paused
        self._sent: OrderedDict[str, None] = OrderedDict()
        self._numbers = itertools.count(1)
        self._closing = False

    def close(self) -> None:
        """Stop waiting for the bridge. Undelivered answers stay in the inbox."""
        self._closing = True
        self._bridge.changed.set()

    def is_own(self, message: str) -> bool:
        """Return whether this process sent the message."""
        return message in self._sent

    async def post(self, outgoing: OutgoingMessage) -> str:
        """Send a message and return its id. Raises Refused, Rejected or Undelivered."""
        doubtful, left, began = False, RETRIES, time.time()
        while True:
            await self._connected()
            if problem := self._health.problem(outgoing.place.channel):
                raise NotPermitted(problem)
            try:
                if doubtful and (found := await self._look_for(outgoing, began)) is not None:
                    return self._arrived(outgoing, found) if found else self._note(self._unknown())
                await self._pacer.wait(outgoing.place.channel)
                data = await self._bridge.call(outgoing.action, outgoing.params)
                return self._arrived(outgoing, _message_id(data) or self._unknown())
            except LinkLost:
                doubtful = True
            except ActionLost as error:
                doubtful = True
                await self._lost(outgoing, error)
            except NotAsked:
                if self._bridge.connected:
                    await asyncio.sleep(RETRY_AFTER)
            except ActionFailed as error:
                refusal = _refusal(error)
                if not left or error.code in FINAL or isinstance(refusal, (NotPermitted, Unsupported)):
                    raise refusal from error
                left -= 1
                await asyncio.sleep(RETRY_AFTER)

    async def ask(self, action: str, params: Mapping[str, object]) -> object:
        """Perform an action once the bridge is connected. Raises ActionFailed, ActionLost or Undelivered."""
        while True:
            await self._connected()
            try:
                return await self._bridge.call(action, params)
            except NotAsked:
                await asyncio.sleep(RETRY_AFTER)

    async def _connected(self) -> None:
        while not self._bridge.connected:
            if self._closing:
                raise Undelivered
            self._bridge.changed.clear()
            await self._bridge.changed.wait()

    async def _lost(self, outgoing: OutgoingMessage, error: ActionLost) -> None:
        log.warning("onebot %s: whether a message arrived is not known: %s", self._bridge.account, error)
        if self._health.lost(outgoing.place.channel):
            await self._silenced(outgoing.place)
            raise NotPermitted(str(error)) from error

    async def _look_for(self, outgoing: OutgoingMessage, began: float) -> str | None:
        """Look for a lost message in the history. Returns its id, or None if it was not sent.

        Returns an empty string if the bridge cannot tell. Raises NotAsked or LinkLost if it could not be asked.
        """
        await asyncio.sleep(LOOK_AFTER)
        try:
            messages = await history(self._bridge, outgoing.place, LOOKED_AT)
        except (NotAsked, LinkLost):
            raise
        except (ActionFailed, ActionLost) as error:
            log.info("onebot %s: the history cannot be read (%s): taken for sent", self._bridge.account, error)
            return ""
        for message in reversed(messages):
            number = _message_id(message)
            is_new = _time_of(message) >= began - SKEW  # ignore an equal message of an earlier process
            if number and is_new and not self.is_own(number) and self._looks_like(outgoing, message):
                return number
        return None

    def _looks_like(self, outgoing: OutgoingMessage, message: Mapping[str, object]) -> bool:
        if str(author_of(message)) not in self._bridge.own_ids:
            return False
        segments = segments_of(message.get("message"))
        quoted, asked = content_of(segments).quoted, content_of(outgoing.segments).quoted
        if quoted is not None and asked is not None and quoted != asked:
            return False
        if outgoing.forward:
            return any(segment.kind in ("forward", "node") for segment in segments) or not segments
        return content_of([each for each in segments if each.kind != "reply"]).text == outgoing.text

    def _arrived(self, outgoing: OutgoingMessage, number: str) -> str:
        self._health.arrived(outgoing.place.channel)
        return self._note(number)

    def _note(self, number: str) -> str:
        self._sent[number] = None
        while len(self._sent) > REMEMBERED:
            self._sent.popitem(last=False)
        return number

    def _unknown(self) -> str:
        return f"unknown-{self._bridge.account}-{next(self._numbers)}"

    async def delete(self, message: str) -> None:
        """Recall a message, if QQ still permits it."""
        with suppress(ActionFailed, ActionLost):
            await self._bridge.call("delete_msg", {"message_id": as_number(message)})


async def history(
    bridge: Bridge, place: OneBotPlace, count: int, seconds: float = ACTION_SECONDS
) -> list[Mapping[str, object]]:
    """Return the last messages of a place, oldest first. Raises ActionFailed or ActionLost."""
    data = await bridge.call(HISTORY[place.kind], {**place.params, "count": count}, seconds)
    messages = data.get("messages") if isinstance(data, Mapping) else None
    found = [each for each in messages if isinstance(each, Mapping)] if isinstance(messages, list) else []
    return sorted(found[-count:], key=_time_of)


def _time_of(message: Mapping[str, object]) -> float:
    return as_time(message.get("time"))


def _message_id(data: object) -> str:
    number = data.get("message_id") if isinstance(data, Mapping) else None
    return str(number) if isinstance(number, (int, str)) and not isinstance(number, bool) else ""


def _refusal(error: ActionFailed) -> NotPermitted | MessageRejected:
    if REFUSALS.search(error.reason):
        return NotPermitted(str(error))
    return (Unsupported if UNSUPPORTED.search(error.reason) else MessageRejected)(str(error))
