"""A log of repairs to a card, for its owner, and removal of forbidden characters."""

import re
from collections.abc import Iterable

MAX_LINES = 40
LINE_LENGTH = 200
FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")


class Repairs:
    """Collects unique lines, up to MAX_LINES."""

    def __init__(self) -> None:
        self._lines: dict[str, None] = {}
        self._more = 0

    def note(self, line: str) -> None:
        """Add a line if it is new."""
        line = FORBIDDEN.sub("", line).replace("\n", " ")[:LINE_LENGTH]
        if line in self._lines:
            return
        if len(self._lines) < MAX_LINES:
            self._lines[line] = None
        else:
            self._more += 1

    def extend(self, lines: Iterable[str]) -> None:
        for line in lines:
            self.note(line)

    @property
    def lines(self) -> tuple[str, ...]:
        """All lines, and a count of those omitted."""
        return (*self._lines, *([f"and {self._more} more"] if self._more else []))


def clean_strings(value: object, repairs: Repairs) -> object:
    """Remove control characters and lone surrogates from all keys and values of a JSON tree."""
    if isinstance(value, str):
        if not FORBIDDEN.search(value):
            return value
        repairs.note("control characters were removed")
        return FORBIDDEN.sub("", value)
    if isinstance(value, list):
        return [clean_strings(item, repairs) for item in value]
    if isinstance(value, dict):
        return {str(clean_strings(key, repairs)): clean_strings(item, repairs) for key, item in value.items()}
    return value
