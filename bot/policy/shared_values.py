"""Small tables of rules that several processes may share: re-read within a second, changed in one transaction."""

import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from typing import Protocol

LIFE = 1.0  # seconds until a value is read again: another process may have changed it
MOST = 10_000  # values held


class KeyValues(Protocol):
    """What is asked of the store's table of keys and values."""

    async def get(self, scope: str, key: str, default: object = None) -> object:
        """The value, or ``default``."""

    async def set(self, scope: str, key: str, value: object) -> None:
        """Keep a JSON value."""

    async def update(self, scope: str, key: str, change: Callable[[object], object]) -> object:
        """Set ``change(value)`` in one transaction; None forgets the key. Returns the new value."""

    async def delete(self, scope: str, key: str) -> bool:
        """Forget it."""


class SharedTables:
    """The tables of one scope by their keys. A table maps names to JSON values; one that is missing is empty."""

    def __init__(self, values: KeyValues, scope: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._values = values
        self._scope = scope
        self._clock = clock
        self._known: OrderedDict[str, tuple[float, Mapping[str, object]]] = OrderedDict()  # key -> (read at, table)

    async def get(self, key: str) -> Mapping[str, object]:
        """The table, at most LIFE seconds old."""
        known = self._known.get(key)
        if known is not None and 0 <= self._clock() - known[0] < LIFE:
            return known[1]
        return self._note(key, await self._values.get(self._scope, key))

    async def change(self, key: str, name: str, value: object | None) -> None:
        """Set one entry of the table; None removes it."""
        new = await self._values.update(self._scope, key, lambda old: with_entry(old, name, value) or None)
        self._note(key, new)

    def _note(self, key: str, found: object) -> Mapping[str, object]:
        table = dict(found) if isinstance(found, dict) else {}
        self._known[key] = (self._clock(), table)
        self._known.move_to_end(key)
        if len(self._known) > MOST:
            self._known.popitem(last=False)
        return table


def with_entry(old: object, name: str, value: object | None) -> dict[str, object]:
    """The table ``old`` with one entry set, or removed (None)."""
    table = {key: kept for key, kept in old.items() if key != name} if isinstance(old, dict) else {}
    return table if value is None else table | {name: value}
