"""What the inbox holds of QQ's events. QQ has no history; what was missed comes when the gateway's session resumes."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from bot.platforms.line.heard import Heard
from bot.platforms.line.inbox_item import Entry
from bot.platforms.line.recovery import Remembered
from bot.platforms.qq.qq_intake import QqIntake


class TakenEvents:
    """Fulfils ``bot.platforms.line.recovery.Past``."""

    def __init__(self, intake: QqIntake) -> None:
        self._intake = intake

    def serves(self, entry: Entry) -> bool:
        """There is one bot."""
        return True

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
            if (known := self._intake.remembered(str(kept.get("kind")), body, taken=True)) is not None:
                found.append(known[1])
        return found

    async def shown(self, heard: Heard) -> Sequence[str]:
        """Nothing is known to stand there: pieces that do are refused as duplicates when they are sent again."""
        return ()

    async def changes(self, since: datetime) -> None:
        """QQ tells of no deletions."""
