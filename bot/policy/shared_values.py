"""Small tables shared between processes: cached for a second, changed in one transaction."""

import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from typing import Protocol

CACHE_SECONDS = 1.0  # seconds until a cached value is reread: another process may have changed it
MAX_CACHED = 10_000  # cached values


class KeyValues(Protocol):
    """What is needed from the key-value table."""

    async def get(self, scope: str, key: str, default: object = None) -> object:
        """Return the value, or ``default``."""

    async def set(self, scope: str, key: str, value: object) -> None:
        """Store a JSON value."""

    async def update(self, scope: str, key: str, change: Callable[[object], object]) -> object:
        """Replace the value by ``change(value)`` in one transaction; None deletes it. Return the new value."""

    async def delete(self, scope: str, key: str) -> bool:
        """Delete a value. Return whether it existed."""


class SharedTables:
    """The tables of one scope, by key. A table maps names to JSON values; a missing one is empty."""

    def __init__(self, values: KeyValues, scope: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._values = values
        self._scope = scope
        self._clock = clock
        self._known: OrderedDict[str, tuple[float, Mapping[str, object]]] = OrderedDict()  # key -> (time read, table)

    async def get(self, key: str) -> Mapping[str, object]:
        """Return the table, at most LIFE seconds old."""
        known = self._known.get(key)
        if known is not None and 0 <= self._clock() - known[0] < CACHE_SECONDS:
            return known[1]
        return self._note(key, await self._values.get(self._scope, key))

    async def change(self, key: str, name: str, value: object | None) -> None:
        """Set an entry of the table; None removes it."""
        new = await self._values.update(self._scope, key, lambda old: with_entry(old, name, value) or None)
        self._note(key, new)

    def _note(self, key: str, found: object) -> Mapping[str, object]:
        table = dict(found) if isinstance(found, dict) else {}
        self._known[key] = (self._clock(), table)
        self._known.move_to_end(key)
        if len(self._known) > MAX_CACHED:
            self._known.popitem(last=False)
        return table


def with_entry(old: object, name: str, value: object | None) -> dict[str, object]:
    """Return a copy of the table ``old`` with one entry set, or removed if ``value`` is None."""
    table = {key: kept for key, kept in old.items() if key != name} if isinstance(old, dict) else {}
    return table if value is None else table | {name: value}
