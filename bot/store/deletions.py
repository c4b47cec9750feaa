"""Tells processes on one database that messages were deleted, since each has copies in memory."""

from bot.store.key_values import KeyValues

SCOPE, KEY = "store", "deletions"


class Deletions:
    """A counter in the database."""

    def __init__(self, values: KeyValues) -> None:
        self._values = values
        self._known: int | None = None  # None: not read yet

    async def note(self) -> None:
        """Count a deletion by this process."""
        new = _number(await self._values.update(SCOPE, KEY, lambda old: _number(old) + 1))
        if self._known is None or new == self._known + 1:  # else another process has deleted something, too
            self._known = new

    async def any_by_others(self) -> bool:
        """Return whether another process has deleted messages since the last call."""
        found = _number(await self._values.get(SCOPE, KEY))
        known, self._known = self._known, found
        return known is not None and found != known


def _number(value: object) -> int:
    return value if isinstance(value, int) else 0
