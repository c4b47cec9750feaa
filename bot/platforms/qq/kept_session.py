"""Where the gateway's session stands, kept for the next process: what is said while none runs is then told again."""

from collections.abc import Callable

from bot.platforms.line.recovery import Values
from bot.platforms.qq.gateway import Session

SCOPE, KEY = "qq", "session"


class KeptSession:
    """Notes how far everything is in the inbox; what comes twice is answered once."""

    def __init__(self, values: Values, current: Callable[[], Session]) -> None:
        self._values = values
        self._current = current
        self._open: dict[int, None] = {}  # events that are not in the inbox yet
        self._kept: tuple[str, int | None] = ("", None)

    def begun(self, sequence: int) -> None:
        """An event was heard."""
        self._open[sequence] = None

    def done(self, sequence: int) -> None:
        """It is in the inbox, or it is none of ours."""
        self._open.pop(sequence, None)

    async def load(self) -> Session:
        """Where an earlier process stood; a new one if there was none."""
        kept = await self._values.get(SCOPE, KEY)
        if not isinstance(kept, dict) or not isinstance(kept.get("id"), str) or not isinstance(kept.get("seq"), int):
            return Session()
        return Session(kept["id"], kept["seq"])

    async def save(self) -> None:
        """Note it, where it has changed."""
        session = self._current()
        reached = min(self._open) - 1 if self._open else session.sequence
        if (session.id, reached) != self._kept and session.id and reached is not None:
            self._kept = (session.id, reached)
            await self._values.set(SCOPE, KEY, {"id": session.id, "seq": reached})
