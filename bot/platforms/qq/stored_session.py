"""Keeps the gateway session across restarts, so that QQ replays the events missed in between."""

import logging
from collections.abc import Callable

from bot.platforms.line.recovery import KeyValues
from bot.platforms.qq.gateway import Session

log = logging.getLogger(__name__)

SCOPE, KEY = "qq", "session"


class StoredSession:
    """Tracks up to which event everything is in the inbox. Replayed events are deduplicated there."""

    def __init__(self, values: KeyValues, current: Callable[[], Session]) -> None:
        self._values = values
        self._current = current
        self._session = ""  # the id of the session that `_open` belongs to
        self._open: dict[int, None] = {}  # sequence numbers of events not in the inbox yet
        self._kept: tuple[str, int | None] = ("", None)

    def begun(self, sequence: int) -> None:
        """Note an event that has been received."""
        self._leave_earlier_session()
        self._open[sequence] = None

    def done(self, sequence: int) -> None:
        """Note that the event is in the inbox, or not for the bot."""
        self._open.pop(sequence, None)

    async def load(self) -> Session:
        """Return the session of an earlier process, or a new one."""
        kept = await self._values.get(SCOPE, KEY)
        if not isinstance(kept, dict) or not isinstance(kept.get("id"), str) or not isinstance(kept.get("seq"), int):
            return Session()
        return Session(kept["id"], kept["seq"])

    async def save_new(self) -> None:
        """Store a session that is not known by its ID yet. Without it a killed process could not resume."""
        if self._current().id != self._kept[0]:
            await self.save()

    async def save(self) -> None:
        """Store the session if it has changed. Never raises: it is stored again soon."""
        self._leave_earlier_session()
        session = self._current()
        reached = min(self._open) - 1 if self._open else session.sequence
        if (session.id, reached) != self._kept and session.id and reached is not None:
            try:
                await self._values.set(SCOPE, KEY, {"id": session.id, "seq": reached})
            except Exception as error:
                log.warning("qq: up to which event everything is taken in could not be recorded: %s", error)
            else:
                self._kept = (session.id, reached)

    def _leave_earlier_session(self) -> None:
        """Once a new session has begun, drop the numbers of the last one: the new one counts from 1 again."""
        if self._current().id != self._session:
            self._session = self._current().id
            self._open.clear()
