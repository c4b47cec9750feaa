"""Recovery from the inbox alone: QQ has no history, but replays missed events when the gateway session resumes."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from bot.platforms.line.inbox_item import Entry
from bot.platforms.line.incoming_event import IncomingEvent
from bot.platforms.line.recovery import PastMessage
from bot.platforms.qq.payloads import RawEvent
from bot.platforms.qq.qq_intake import QqIntake
from bot.platforms.qq.qq_places import place_of


class InboxRecovery:
    """Implements ``bot.platforms.line.recovery.MessageHistory``."""

    def __init__(self, intake: QqIntake, *, private: bool) -> None:
        self._intake = intake
        self._private = private
        self._streams: dict[str, tuple[str, ...]] = {}  # message id -> stream keys, if the turn is committed

    def serves(self, entry: Entry) -> bool:
        """Return whether the entry belongs to this line: private chats, or all other places."""
        place = place_of(entry.channel)
        return place is not None and (place.kind == "users") is self._private

    async def active_channels(self, since: datetime) -> Collection[str]:
        """Return nothing: QQ does not say."""
        return ()

    async def read(self, channel: str, entries: Sequence[Entry], since: datetime | None) -> Sequence[PastMessage]:
        """Return the entries in order."""
        found: list[PastMessage] = []
        for entry in entries:
            kept = entry.event or {}
            event = kept.get("event")
            body: Mapping[str, object] = event if isinstance(event, Mapping) else {}
            raw_event = RawEvent(str(kept.get("kind")), body, str(kept.get("event_id") or ""))
            if (known := self._intake.remembered(raw_event, taken=True)) is not None:
                found.append(known[1])
            if entry.shown and entry.node is not None:
                self._streams[entry.message_id] = tuple(entry.shown)
        return found

    async def shown(self, incoming: IncomingEvent) -> Sequence[str]:
        """Return the streams of an answer whose turn is committed; they cannot become a newly generated answer.

        Whole messages are not tracked: QQ rejects those that were sent before as duplicates.
        """
        return self._streams.pop(incoming.id, ())

    async def changes(self, since: datetime) -> None:
        """Do nothing: QQ does not report deletions."""
