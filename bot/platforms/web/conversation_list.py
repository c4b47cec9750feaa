"""The conversations of a visitor: what they are called, and when they were last used."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from typing import Protocol
from weakref import WeakValueDictionary

from bot.errors import InvalidOption

SCOPE = "web.conversations"
MOST_CONVERSATIONS = 200  # of one visitor
CARD_DESK = "0000ca4d"  # a conversation in which cards are changed and nothing is said; it counts as none
TITLE_CHARS = 80
FIRST_WORDS_CHARS = 48


class KeyValues(Protocol):
    """Where lists are kept."""

    async def get(self, scope: str, key: str, default: object = None) -> object:
        """A JSON value."""

    async def set(self, scope: str, key: str, value: object) -> None:
        """Set a JSON value."""

    async def delete(self, scope: str, key: str) -> bool:
        """Forget one. Whether it was there."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A conversation in the list. ``id`` is "" for a visitor's first one."""

    id: str
    title: str
    used: float  # Unix time
    named: bool = False  # by the visitor; else the title is its first words
    share: str = ""  # the code of the link with which others may read it
    face: bool = False  # whether who answers there has a picture


class ConversationList:
    """All visitors' lists."""

    def __init__(self, values: KeyValues, clock: Callable[[], float] = time.time) -> None:
        self._values = values
        self._clock = clock
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def entries(self, visitor: str) -> list[Entry]:
        """A visitor's conversations, the one used last first."""
        kept = await self._values.get(SCOPE, visitor, [])
        entries = [Entry(**values) for values in kept] if isinstance(kept, list) else []
        return sorted(entries, key=lambda entry: -entry.used)

    async def check(self, visitor: str, conversation: str) -> None:
        """Raise InvalidOption when ``conversation`` would be one too many."""
        if conversation == CARD_DESK:
            return
        known = [entry.id for entry in await self.entries(visitor)]
        if conversation not in known and len(known) >= MOST_CONVERSATIONS:
            raise InvalidOption(
                "You have {count} conversations, which is the limit. Delete one first.", count=len(known)
            )

    async def use(self, visitor: str, conversation: str, title_from: str, *, face: bool = False) -> None:
        """Something was said and answered in ``conversation``. ``title_from``: words to call it after, if any."""
        async with self._lock(visitor):
            entries = {entry.id: entry for entry in await self.entries(visitor)}
            old = entries.get(conversation)
            if old is None and len(entries) >= MOST_CONVERSATIONS:
                return
            title = old.title if old else ""
            title = title or _first_words(title_from)
            base = old or Entry(conversation, title, 0)
            entries[conversation] = replace(base, title=title, used=self._clock(), face=face)
            await self._save(visitor, entries)

    async def rename(self, visitor: str, conversation: str, title: str) -> None:
        """Call ``conversation`` ``title``; an unknown one stays unknown."""
        async with self._lock(visitor):
            entries = {entry.id: entry for entry in await self.entries(visitor)}
            if (old := entries.get(conversation)) is not None:
                title = " ".join(title.split())[:TITLE_CHARS]
                entries[conversation] = replace(old, title=title or old.title, named=bool(title))
                await self._save(visitor, entries)

    async def find(self, visitor: str, conversation: str) -> Entry | None:
        """One conversation of a visitor."""
        return next((entry for entry in await self.entries(visitor) if entry.id == conversation), None)

    async def set_share(self, visitor: str, conversation: str, code: str) -> None:
        """Note the code of the link of ``conversation``; "" where there is none any more."""
        async with self._lock(visitor):
            entries = {entry.id: entry for entry in await self.entries(visitor)}
            if (old := entries.get(conversation)) is not None:
                entries[conversation] = replace(old, share=code)
                await self._save(visitor, entries)

    async def remove(self, visitor: str, conversation: str) -> None:
        """Take ``conversation`` off the list."""
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
