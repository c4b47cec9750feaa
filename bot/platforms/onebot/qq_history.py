"""Reads messages missed while offline from QQ's history, through one account's bridge."""

import asyncio
import logging
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime

from pydantic import ValidationError

from bot.config.schema import OneBotSection
from bot.platforms.line.inbox_item import Entry
from bot.platforms.line.incoming_event import IncomingEvent
from bot.platforms.line.recovery import Incomplete, PastMessage
from bot.platforms.line.sending import FrameSkipped, MessageGone
from bot.platforms.onebot.bridge import ACTION_SECONDS, ActionFailed, ActionLost, Bridge, LinkLost, NotAsked
from bot.platforms.onebot.frames import MAX_ID_LENGTH, MessageEvent
from bot.platforms.onebot.incoming import Incoming
from bot.platforms.onebot.places import PLATFORM, OneBotPlace, place_of
from bot.platforms.onebot.posting import HISTORY, history
from bot.platforms.onebot.segments import content_of
from bot.platforms.onebot.storage import Channels

log = logging.getLogger(__name__)

MAX_MESSAGES = 100  # per channel
SECONDS = 10.0  # per request; live messages wait meanwhile
ASKED_AGAIN = 0.2  # seconds before a retry of a request that was not delivered
MAX_CHANNELS = 100  # most recently used channels


class QqHistory:
    """The history of an account's channels."""

    def __init__(
        self, config: OneBotSection, bridge: Bridge, incoming: Incoming, channels: Channels,
        recalled: Callable[[MessageEvent], None], account: str = "",
    ) -> None:  # fmt: skip
        self._config = config
        self._bridge = bridge
        self._incoming = incoming
        self._channels = channels
        self._recalled = recalled  # called with each recalled message
        self._account = account  # account prefix of its channels
        self._deaf = 0  # the session in which a request timed out: no more requests in that session

    def ask_again(self) -> None:
        """Allow requests again after a timeout."""
        self._deaf = 0

    # --- bot.platforms.line.recovery.MessageHistory -----------------------------------------------------------------

    def serves(self, entry: Entry) -> bool:
        """Return whether this account received the entry's message."""
        return str((entry.event or {}).get("account")) in self._bridge.own_ids

    async def active_channels(self, since: datetime) -> Collection[str]:
        """Return talk groups, recently used channels and the account's groups: QQ does not say which have news."""
        groups = [OneBotPlace("group", str(group), self._account).channel for group in self._config.talk_groups]
        found = [*groups, *await self._channels.latest(PLATFORM, MAX_CHANNELS)]
        own = [each for each in found if (place := place_of(each)) is not None and place.account == self._account]
        return list(dict.fromkeys([*own, *await self._groups()]))[: 2 * MAX_CHANNELS]

    async def _groups(self) -> list[str]:
        """Return all of the account's groups, since users may have written in a group for the first time."""
        try:
            data = await self._bridge.call("get_group_list", {}, SECONDS)
        except (ActionFailed, LinkLost):
            return []
        except ActionLost:
            self._deaf = self._bridge.sessions
            return []
        groups = [each.get("group_id") for each in data if isinstance(each, Mapping)] if isinstance(data, list) else []
        numbers = [str(each) for each in groups if isinstance(each, (int, str)) and not isinstance(each, bool)]
        return [OneBotPlace("group", each[:MAX_ID_LENGTH], self._account).channel for each in numbers[:MAX_CHANNELS]]

    async def read(self, channel: str, entries: Sequence[Entry], since: datetime | None) -> Sequence[PastMessage]:
        """Return the messages since then and the entries, which the inbox stores in full.

        Raises Gone for a channel that is not of QQ, and Incomplete if only the entries can be read for now.
        """
        place = place_of(channel)
        if place is None:
            raise MessageGone(f"{channel} is no channel of QQ")
        taken = {event.message_id: event for each in entries if (event := self._taken(each, place)) is not None}
        remembered = {
            number: (event.time, 0, self._incoming.remembered(event, taken=True)) for number, event in taken.items()
        }
        try:
            said = await self._said(place) if since is not None else []
        except FrameSkipped as error:
            raise Incomplete(str(error), _in_order(remembered)) from error
        for recalled in _recalled(taken, said):
            self._recalled(taken[recalled])
            del remembered[recalled]
        new = [
            event for event in said if since and event.time >= int(since.timestamp())
        ]  # QQ's times have a resolution of one second
        for number, event in enumerate(new, 1):  # within a second, keep QQ's order
            time, _, known = remembered.get(event.message_id) or (event.time, 0, self._incoming.remembered(event))
            remembered[event.message_id] = time, number, known
        return _in_order(remembered)

    def _taken(self, entry: Entry, place: OneBotPlace) -> MessageEvent | None:
        event = _event((entry.event or {}).get("event"), place, self._bridge.account)
        return event.model_copy(update={"message_id": entry.message_id}) if event is not None else None

    async def _said(self, place: OneBotPlace) -> list[MessageEvent]:
        """Return the history, oldest first. Raises Skipped if the bridge does not answer for now."""
        if not self._bridge.supports(HISTORY[place.kind]):
            return []
        if self._deaf == self._bridge.sessions:
            raise FrameSkipped("the bridge does not answer")
        messages = await self._history(place)
        return [event for each in messages if (event := _event(each, place, self._bridge.account)) is not None]

    async def _history(self, place: OneBotPlace) -> list[Mapping[str, object]]:
        try:
            return await history(self._bridge, place, MAX_MESSAGES, SECONDS)
        except NotAsked as error:
            raise FrameSkipped(str(error)) from error
        except ActionFailed as error:
            log.info("onebot %s: no history of %s: %s", self._bridge.account, place.channel, error)
            return []
        except ActionLost as error:
            self._deaf = self._bridge.sessions
            raise FrameSkipped(str(error)) from error

    async def shown(self, incoming: IncomingEvent) -> Sequence[str]:
        """Return the bot's messages from the one that quotes the question up to its next quote."""
        place = place_of(incoming.channel)
        if place is None:
            return ()
        run: list[str] = []
        for message in await self._seen(place):
            event = _event(message, place, self._bridge.account)
            if event is None or event.user_id not in self._bridge.own_ids:
                continue
            quoted = content_of(event.segments).quoted
            if quoted == incoming.event.id:
                run = [event.message_id]
            elif quoted is not None and run:
                break
            elif run:
                run.append(event.message_id)
        return run

    async def _seen(self, place: OneBotPlace) -> list[Mapping[str, object]]:
        """Return the history, retrying if the connection breaks: otherwise the answer would be sent twice."""
        seconds = SECONDS if self._deaf == self._bridge.sessions else ACTION_SECONDS
        while True:
            try:
                return await history(self._bridge, place, MAX_MESSAGES, seconds)
            except (LinkLost, NotAsked):
                await asyncio.sleep(ASKED_AGAIN)
            except (ActionFailed, ActionLost) as error:
                log.info("onebot %s: what was shown of an answer cannot be seen: %s", self._bridge.account, error)
                return []
            while not self._bridge.connected:
                self._bridge.changed.clear()
                await self._bridge.changed.wait()

    async def changes(self, since: datetime) -> None:
        """Do nothing: QQ does not report changes, and ``read`` detects recalls of unanswered messages."""


def _in_order(remembered: Mapping[str, tuple[float, int, PastMessage]]) -> list[PastMessage]:
    """Sort by time, and within a second by QQ's order."""
    return [each for *_, each in sorted(remembered.values(), key=lambda each: each[:2])]


def _recalled(taken: Mapping[str, MessageEvent], said: Sequence[MessageEvent]) -> list[str]:
    """Return messages that are empty in the history, or missing between older and newer ones."""
    there = {event.message_id: event for event in said}
    times = [event.time for event in said]
    missing = [event for number, event in taken.items() if number not in there and times]
    gone = [event.message_id for event in missing if min(times) < event.time < max(times)]
    return [*gone, *(number for number in taken if number in there and not there[number].segments)]


def _event(data: object, place: OneBotPlace, account: str) -> MessageEvent | None:
    """Parse a message of the history or inbox. Some bridges omit what the request already specified."""
    if not isinstance(data, Mapping):
        return None
    known = {"self_id": account, "message_type": place.kind, **place.params}
    try:
        return MessageEvent.model_validate({**known, **data})
    except ValidationError as error:
        log.warning("onebot %s: a message of the history could not be read: %s", account, error.errors()[0]["msg"])
        return None
