"""What changed since the version that last ran on this data: changelog entries that it did not have."""

import asyncio
import importlib.metadata
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Protocol

PLACE = ("bot", "updates")


class KeyValues(Protocol):
    """A store of JSON values by scope and key."""

    async def get(self, scope: str, key: str, default: object = None) -> object:
        """Return the value, or ``default``."""

    async def update(self, scope: str, key: str, change: Callable[[object], object]) -> object:
        """Replace the value by ``change(value)``; the value is None if there is none."""


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry of the changelog."""

    kind: str  # "Added", "Changed", "Fixed", ...
    text: str  # Markdown

    @property
    def digest(self) -> str:
        return sha256(f"{self.kind}\n{self.text}".encode()).hexdigest()[:16]


class UpdateNotes:
    """Compares the changelog shipped with the program to the one at the last start."""

    def __init__(self, values: KeyValues, changelog: Path, version: str | None = None) -> None:
        self._values = values
        self._changelog = changelog
        self._version = _installed_version() if version is None else version

    async def note_start(self) -> None:
        """Record the current entries. News stay news until there are newer ones."""
        digests = [entry.digest for entry in await self._entries()]

        def change(old: object) -> object:
            if not isinstance(old, Mapping):
                return {"version": self._version, "previous": "", "entries": digests, "news": []}
            known = set(old["entries"])
            news = [digest for digest in digests if digest not in known]
            if not news and old["version"] == self._version:
                return {**old, "entries": digests}
            return {"version": self._version, "previous": old["version"], "entries": digests, "news": news}

        await self._values.update(*PLACE, change)

    async def notes(self) -> Mapping[str, object]:
        """Return the version, the previous one ("" on first use) and the news, newest first, as JSON values."""
        kept = await self._values.get(*PLACE, {})
        kept = kept if isinstance(kept, Mapping) else {}
        news = set(kept.get("news", ()))
        found = [{"kind": each.kind, "text": each.text} for each in await self._entries() if each.digest in news]
        return {"version": self._version, "previous": kept.get("previous", ""), "news": found}

    async def _entries(self) -> Sequence[Entry]:
        try:
            text = await asyncio.to_thread(self._changelog.read_text, encoding="utf-8")
        except FileNotFoundError:
            return []
        return list(entries(text))


def entries(text: str) -> Iterator[Entry]:
    """Parse a changelog in the format of keepachangelog.com."""
    kind, lines = "", list[str]()
    for line in [*text.splitlines(), "#"]:
        if lines and (line.startswith(("#", "- ")) or not line.strip()):
            yield Entry(kind, "\n".join(lines))
            lines = []
        if line.startswith("- "):
            lines = [line[2:]]
        elif line.startswith("### "):
            kind = line[4:].strip()
        elif lines:
            lines.append(line.strip())


def _installed_version() -> str:
    try:
        return importlib.metadata.version("roost")
    except importlib.metadata.PackageNotFoundError:
        return ""
