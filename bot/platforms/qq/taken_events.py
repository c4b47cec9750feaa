"""What the inbox holds of QQ's events. QQ has no history; what was missed comes when the gateway's session resumes."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from bot.platforms.line.heard import Heard
from bot.platforms.line.inbox_item import Entry
from bot.platforms.line.recovery import Remembered
from bot.platforms.qq.payloads import Happening
from bot.platforms.qq.qq_intake import QqIntake
from bot.platforms.qq.qq_places import place_of


class TakenEvents:
    """Fulfils ``bot.platforms.line.recovery.Past``."""

    def __init__(self, intake: QqIntake, *, private: bool) -> None:
        self._intake = intake
        self._private = private
        self._streams: dict[str, tuple[str, ...]] = {}  # of answers that are written: what a process began to show

    def serves(self, entry: Entry) -> bool:
        """Whether it belongs to the line of private talks, or to the other one."""
        place = place_of(entry.channel)
        return place is not None and (place.kind == "users") is self._private

    async def spoken_in(self, since: datetime) -> Collection[str]:
        """Nobody tells."""
        return ()

    async def read(self, channel: str, entries: Sequence[Entry], since: datetime | None) -> Sequence[Remembered]:
        """The entries, in their order."""
        found: list[Remembered] = []
        for entry in entries:
            kept = entry.event or {}
            event = kept.get("event")
            body: Mapping[str, object] = event if isinstance(event, Mapping) else {}
            happening = Happening(str(kept.get("kind")), body, str(kept.get("event_id") or ""))
            if (known := self._intake.remembered(happening, taken=True)) is not None:
                found.append(known[1])
            if entry.shown and entry.node is not None:
                self._streams[entry.message_id] = tuple(entry.shown)
        return found

    async def shown(self, heard: Heard) -> Sequence[str]:
        """What began to grow. Of whole messages nothing is known: those that stand there are refused as duplicates.

        Where the answer is written anew, what stands there cannot become it.
        """
        return self._streams.pop(heard.id, ())

    async def changes(self, since: datetime) -> None:
        """QQ tells of no deletions."""
