"""What is new since the program that ran on these data before: entries of the change log that it did not have."""

import asyncio
import importlib.metadata
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Protocol

PLACE = ("bot", "updates")


class Values(Protocol):
    """JSON values by scope and key."""

    async def get(self, scope: str, key: str, default: object = None) -> object:
        """The value, or ``default``."""

    async def update(self, scope: str, key: str, change: Callable[[object], object]) -> object:
        """Set what ``change`` makes of the value, or of None."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of the change log."""

    kind: str  # "Added", "Changed", "Fixed", ...
    text: str  # Markdown

    @property
    def digest(self) -> str:
        return sha256(f"{self.kind}\n{self.text}".encode()).hexdigest()[:16]


class UpdateNotes:
    """Compares the change log that lies beside the program with what was there at the last start."""

    def __init__(self, values: Values, changelog: Path, version: str | None = None) -> None:
        self._values = values
        self._changelog = changelog
        self._version = _installed_version() if version is None else version

    async def note_start(self) -> None:
        """Remember what this program has. What was new stays so until there is something newer."""
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
        """As JSON values: the version, the one that ran before ("": this is the first) and the news, newest first."""
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
    """The entries of a change log in the form of keepachangelog.com."""
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
