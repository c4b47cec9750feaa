"""A visitor's conversations: their titles and when they were last used."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from typing import Protocol
from weakref import WeakValueDictionary

from bot.errors import InvalidOption

SCOPE = "web.conversations"
MAX_CONVERSATIONS = 200  # per visitor
CARD_DESK = "0000ca4d"  # pseudo-conversation for editing cards; nothing is said in it and it does not count
TITLE_CHARS = 80
FIRST_WORDS_CHARS = 48


class KeyValues(Protocol):
    """The store in which the lists are kept."""

    async def get(self, scope: str, key: str, default: object = None) -> object:
        """Return a JSON value."""

    async def set(self, scope: str, key: str, value: object) -> None:
        """Store a JSON value."""

    async def delete(self, scope: str, key: str) -> bool:
        """Delete a value. Return whether it existed."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A conversation in the list. ``id`` is "" for a visitor's first one."""

    id: str
    title: str
    used: float  # Unix time
    named: bool = False  # titled by the visitor; else the title is its first words
    share: str = ""  # code of its read-only link; "" if not shared
    face: bool = False  # whether the character has a picture


class ConversationList:
    """The lists of all visitors."""

    def __init__(self, values: KeyValues, clock: Callable[[], float] = time.time) -> None:
        self._values = values
        self._clock = clock
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def entries(self, visitor: str) -> list[Entry]:
        """Return a visitor's conversations, most recently used first."""
        kept = await self._values.get(SCOPE, visitor, [])
        entries = [Entry(**values) for values in kept] if isinstance(kept, list) else []
        return sorted(entries, key=lambda entry: -entry.used)

    async def check(self, visitor: str, conversation: str) -> None:
        """Raise InvalidOption if ``conversation`` would exceed the limit."""
        if conversation == CARD_DESK:
            return
        known = [entry.id for entry in await self.entries(visitor)]
        if conversation not in known and len(known) >= MAX_CONVERSATIONS:
            raise InvalidOption(
                "You have {count} conversations, which is the limit. Delete one first.", count=len(known)
            )

    async def use(self, visitor: str, conversation: str, title_from: str, *, face: bool = False) -> None:
        """Note that ``conversation`` was used. ``title_from``: text from which to derive a title if it has none."""
        async with self._lock(visitor):
            entries = {entry.id: entry for entry in await self.entries(visitor)}
            old = entries.get(conversation)
            if old is None and len(entries) >= MAX_CONVERSATIONS:
                return
            title = old.title if old else ""
            title = title or _first_words(title_from)
            base = old or Entry(conversation, title, 0)
            entries[conversation] = replace(base, title=title, used=self._clock(), face=face)
            await self._save(visitor, entries)

    async def rename(self, visitor: str, conversation: str, title: str) -> None:
        """Set the title of ``conversation``. Does nothing if it is not listed."""
        async with self._lock(visitor):
            entries = {entry.id: entry for entry in await self.entries(visitor)}
            if (old := entries.get(conversation)) is not None:
                title = " ".join(title.split())[:TITLE_CHARS]
                entries[conversation] = replace(old, title=title or old.title, named=bool(title))
                await self._save(visitor, entries)

    async def find(self, visitor: str, conversation: str) -> Entry | None:
        return next((entry for entry in await self.entries(visitor) if entry.id == conversation), None)

    async def set_share(self, visitor: str, conversation: str, code: str) -> None:
        """Set the share code of ``conversation``; "" if it is no longer shared."""
        async with self._lock(visitor):
            entries = {entry.id: entry for entry in await self.entries(visitor)}
            if (old := entries.get(conversation)) is not None:
                entries[conversation] = replace(old, share=code)
                await self._save(visitor, entries)

    async def remove(self, visitor: str, conversation: str) -> None:
        async with self._lock(visitor):
            entries = {entry.id: entry for entry in await self.entries(visitor)}
            if entries.pop(conversation, None) is not None:
                await self._save(visitor, entries)

    def _lock(self, visitor: str) -> asyncio.Lock:
        lock = self._locks.get(visitor)
        if lock is None:
            lock = self._locks[visitor] = asyncio.Lock()
        return lock

    async def _save(self, visitor: str, entries: dict[str, Entry]) -> None:
        await self._values.set(SCOPE, visitor, [asdict(entry) for entry in entries.values()])


def _first_words(text: str) -> str:
    words = " ".join(text.split())
    if len(words) <= FIRST_WORDS_CHARS:
        return words
    cut = words[:FIRST_WORDS_CHARS]
    return (cut.rpartition(" ")[0] or cut) + "…"
