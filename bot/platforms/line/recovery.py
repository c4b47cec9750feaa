"""Recovery after a reconnect: answers messages left open and messages missed while offline."""

import asyncio
import logging
import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol

from bot.events import Event, Recovered, Reply
from bot.i18n import N_, translate
from bot.platforms.line.inbox_item import Entry, unpacked
from bot.platforms.line.incoming_event import IncomingEvent
from bot.platforms.line.line import Line, Read
from bot.platforms.line.sending import FrameSkipped, MessageGone, NotPermitted

log = logging.getLogger(__name__)

SLACK = timedelta(seconds=90)  # a dead connection is noticed late; messages answered meanwhile are recognised as such
ANSWERED_KEPT = timedelta(days=7)
MAX_CONCURRENT, PAUSE = 6, 0.2  # channels read concurrently; seconds to pause after each
TOO_LATE = N_("I was away when you wrote this, so I have not answered it. Please say it again.")
CUT_OFF = N_("I was restarted while doing this. Please check whether it was done, and say it again if not.")


class KeyValues(Protocol):
    """The store's key-value table."""

    async def get(self, scope: str, key: str, default: object = None) -> object:
        """Return the value, or ``default``."""

    async def set(self, scope: str, key: str, value: object) -> None:
        """Store the value."""

    async def items(self, scope: str) -> Mapping[str, object]:
        """Return all values of ``scope`` by key."""


@dataclass(frozen=True, slots=True)
class PastMessage:
    """A message that the platform still has: its id, and how to read it (None: not for the bot, or deleted)."""

    id: str
    read: Read


class Incomplete(FrameSkipped):
    """Only ``found`` could be read for now; there may be more."""

    def __init__(self, reason: str, found: Sequence[PastMessage]) -> None:
        super().__init__(reason)
        self.found = found


class MessageHistory(Protocol):
    """A platform's message history, as seen through one connection."""

    def serves(self, entry: Entry) -> bool:
        """Return whether the entry's channel belongs to this connection."""

    async def active_channels(self, since: datetime) -> Collection[str]:
        """Return the channels that may have messages since then."""

    async def read(self, channel: str, entries: Sequence[Entry], since: datetime | None) -> Sequence[PastMessage]:
        """Return the entries and the messages since then, oldest first; entries that no longer exist are left out.

        Raises Gone or Refused if the channel cannot be read, Skipped if it cannot be read for now, and Incomplete if
        only the entries can.
        """

    async def shown(self, incoming: IncomingEvent) -> Sequence[str]:
        """Return the messages that show the partial answer. Never raises."""

    async def changes(self, since: datetime) -> None:
        """Report messages edited or deleted since then to the line. Never raises."""


class Recovery:
    """Finds what is still unanswered and passes it to the line in the original order."""

    def __init__(self, line: Line, values: KeyValues, patience: timedelta, key: str = "alive") -> None:
        self._line = line
        self._values = values
        self._patience = patience  # maximum age of messages to answer; zero: do not look for missed messages
        self._key = key  # stores the last time at which nothing was missed
        self._slots = asyncio.Semaphore(MAX_CONCURRENT)
        self._lock = asyncio.Lock()
        self._failed: set[int] = set()  # the parts of which something could not be read

    @property
    def failed(self) -> bool:
        """Whether something could not be read, so that recovery must run again."""
        return bool(self._failed)

    async def stamp(self) -> None:
        """Record that nothing has been missed up to now. Never raises: an older record only means more to look at."""
        if self.failed:
            return
        now = datetime.now(UTC).isoformat()
        try:
            known = await self._values.get(self._line.platform, self._key)
            first = known["first"] if isinstance(known, dict) else now
            await self._values.set(self._line.platform, self._key, {"first": first, "last": now})
        except Exception as error:
            log.warning("%s: until when nothing was missed could not be recorded: %s", self._line.platform, error)

    async def look_back(self, heard: str) -> None:
        """Record that messages after ``heard`` (ISO format) may have been missed."""
        known = await self._values.get(self._line.platform, self._key)
        stamps = known if isinstance(known, dict) else {"first": heard, "last": heard}
        earlier = {name: min(str(stamps[name]), heard) for name in ("first", "last")}
        await self._values.set(self._line.platform, self._key, earlier)

    async def run(self, history: MessageHistory, part: int = 0) -> None:
        """Answer what is still open in the channels of a connection, or of a ``part`` of it. Never raises."""
        try:
            async with self._lock:
                self._failed.discard(part)
                await self._line.inbox.forget(self._line.platform, datetime.now(UTC) - ANSWERED_KEPT)
                await self._run(history, part)
        except Exception:
            self._failed.add(part)
            log.exception("what was said while the bot was away could not be looked for")

    async def _run(self, history: MessageHistory, part: int) -> None:
        waiting: dict[str, list[Entry]] = {}
        for entry in await self._left(history):
            waiting.setdefault(entry.channel, []).append(entry)
        since = await self._since()
        places = {*waiting, *(await history.active_channels(since) if since else ())}
        await asyncio.gather(
            *(self._channel(history, each, waiting.get(each, []), since, part) for each in sorted(places))
        )
        if since is not None:
            await history.changes(since)

    async def _left(self, history: MessageHistory) -> list[Entry]:
        """Return open entries that are not being answered.

        Reads twice: an answer may have been recorded during the first read.
        """
        line = self._line
        found = [each for each in await line.inbox.open(line.platform) if history.serves(each)]
        left = [each for each in found if not line.is_active(each.channel, each.message_id)]
        still = {(each.channel, each.message_id) for each in await line.inbox.open(line.platform)} if left else set()
        return [each for each in left if (each.channel, each.message_id) in still]

    async def _since(self) -> datetime | None:
        """Return the time from which messages may have been missed; None on the first start or if switched off."""
        alive = await self._values.get(self._line.platform, self._key)
        if not isinstance(alive, dict) or not self._patience:
            return None
        first, last = (datetime.fromisoformat(alive[name]) for name in ("first", "last"))
        return max(first, last - SLACK, datetime.now(UTC) - self._patience)

    async def _channel(
        self, history: MessageHistory, channel: str, entries: list[Entry], since: datetime | None, part: int
    ) -> None:
        """Recover one channel: open entries and missed messages, oldest first."""
        async with self._slots:
            known = {entry.message_id: entry for entry in entries}
            found: Sequence[PastMessage] = ()
            try:
                found = await history.read(channel, entries, since)
                await self._give_up(channel, known.keys() - {each.id for each in found})
            except (MessageGone, NotPermitted) as error:
                log.info("what was said in the channel %s cannot be read (%s)", channel, error)
                await self._give_up(channel, known.keys())
            except FrameSkipped as error:
                self._failed.add(part)
                found = error.found if isinstance(error, Incomplete) else ()
                log.warning("what was said in the channel %s could not be read (%s)", channel, error)
            await asyncio.sleep(PAUSE)
            for each in found:
                entry = known.get(each.id)
                if entry is None:
                    await self._line.accept(channel, each.id, each.read)
                elif (incoming := await each.read()) is not None:
                    await self._take_up(history, incoming, entry)
                else:
                    await self._give_up(channel, [each.id])

    async def _give_up(self, channel: str, ids: Collection[str]) -> None:
        if ids:
            await self._line.inbox.delivered(self._line.platform, channel, sorted(ids))

    async def _take_up(self, history: MessageHistory, incoming: IncomingEvent, entry: Entry) -> None:
        """Deliver the finished answer, answer now, or explain why not."""
        event: Event | None = None
        reply: Reply | None = None
        if entry.reply is not None:
            reply = unpacked(entry.reply)
        elif entry.node is not None:
            event = Recovered(origin=incoming.origin, node=entry.node, id=incoming.id)
        elif not incoming.repeatable:
            reply = Reply(text=translate(CUT_OFF, incoming.origin.language))
        elif time.time() - incoming.at > max(self._patience, SLACK).total_seconds():
            reply = Reply(text=translate(TOO_LATE, incoming.origin.language))
        self._line.recover(incoming, await history.shown(incoming), event=event, reply=reply)
