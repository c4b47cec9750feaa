"""A visitor's conversations: their titles and when they were last used."""

import time
from collections.abc import Callable, Collection
from dataclasses import asdict, dataclass, replace
from typing import Protocol

from bot.errors import InvalidOption

SCOPE = "web.conversations"
UNLISTED_SCOPE = "web.unlisted"
MAX_CONVERSATIONS = 200  # per visitor
MAX_UNLISTED = 20  # per visitor: conversations in which nothing has been said yet
CARD_DESK = "0000ca4d"  # pseudo-conversation for editing cards; nothing is said in it and it does not count
TITLE_CHARS = 80
FIRST_WORDS_CHARS = 48


class KeyValues(Protocol):
    """The store in which the lists are kept."""

    async def get(self, scope: str, key: str, default: object = None) -> object:
        """Return a JSON value."""

    async def set(self, scope: str, key: str, value: object) -> None:
        """Store a JSON value."""

    async def update(self, scope: str, key: str, change: Callable[[object], object]) -> object:
        """Set ``change(value)`` at once, also for other processes. A missing value is None, and None deletes it."""

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
    scene: bool = False  # whether a scene was being played when it was last used


class ConversationList:
    """The lists of all visitors."""

    def __init__(self, values: KeyValues, clock: Callable[[], float] = time.time) -> None:
        self._values = values
        self._clock = clock

    async def entries(self, visitor: str) -> list[Entry]:
        """Return a visitor's conversations, most recently used first."""
        return sorted(_entries(await self._values.get(SCOPE, visitor)).values(), key=lambda entry: -entry.used)

    async def open(self, visitor: str, conversation: str) -> list[str]:
        """Record that ``conversation`` may exist although it is not listed: it may only have been configured.

        Return the ids that exceed ``MAX_UNLISTED``, oldest first: their conversations should be deleted. Raises
        InvalidOption if ``conversation`` would exceed ``MAX_CONVERSATIONS``.
        """
        if conversation == CARD_DESK:
            return []
        listed = {entry.id for entry in await self.entries(visitor)}
        if conversation in listed:
            return []
        if len(listed) >= MAX_CONVERSATIONS:
            raise InvalidOption(
                "You have {count} conversations, which is the limit. Delete one first.", count=len(listed)
            )
        return await self._add_unlisted(visitor, conversation, listed) if conversation else []

    async def use(
        self, visitor: str, conversation: str, title_from: str, *, face: bool = False, scene: bool = False
    ) -> None:
        """Note that ``conversation`` was used. ``title_from``: text from which to derive a title if it has none."""
        added = False

        def change(entries: dict[str, Entry]) -> None:
            nonlocal added
            old = entries.get(conversation)
            added = old is None and len(entries) < MAX_CONVERSATIONS
            if old is None and not added:
                return
            title = (old.title if old else "") or _first_words(title_from)
            base = old or Entry(conversation, title, 0)
            entries[conversation] = replace(base, title=title, used=self._clock(), face=face, scene=scene)

        await self._change(visitor, change)
        if added:  # else it stays known, so that it goes with the account
            await self._drop_unlisted(visitor, conversation)

    async def rename(self, visitor: str, conversation: str, title: str) -> None:
        """Set the title of ``conversation``. Does nothing if it is not listed."""
        title = " ".join(title.split())[:TITLE_CHARS]

        def change(entries: dict[str, Entry]) -> None:
            if (old := entries.get(conversation)) is not None:
                entries[conversation] = replace(old, title=title or old.title, named=bool(title))

        await self._change(visitor, change)

    async def find(self, visitor: str, conversation: str) -> Entry | None:
        return next((entry for entry in await self.entries(visitor) if entry.id == conversation), None)

    async def set_share(self, visitor: str, conversation: str, code: str) -> None:
        """Set the share code of ``conversation``; "" if it is no longer shared."""

        def change(entries: dict[str, Entry]) -> None:
            if (old := entries.get(conversation)) is not None:
                entries[conversation] = replace(old, share=code)

        await self._change(visitor, change)

    async def remove(self, visitor: str, conversation: str) -> None:
        """Remove ``conversation`` once it is deleted."""
        await self._change(visitor, lambda entries: entries.pop(conversation, None))
        await self._drop_unlisted(visitor, conversation)

    async def all_ids(self, visitor: str) -> set[str]:
        """Return the ids of all conversations that a visitor may have, including those not listed."""
        unlisted = _ids(await self._values.get(UNLISTED_SCOPE, visitor))
        return {"", CARD_DESK, *unlisted, *(entry.id for entry in await self.entries(visitor))}

    async def _change(self, visitor: str, change: Callable[[dict[str, Entry]], object]) -> None:
        def changed(value: object) -> object:
            entries = _entries(value)
            change(entries)
            return [asdict(entry) for entry in entries.values()] or None

        await self._values.update(SCOPE, visitor, changed)

    async def _add_unlisted(self, visitor: str, conversation: str, listed: Collection[str]) -> list[str]:
        excess: list[str] = []

        def changed(value: object) -> object:
            known = _ids(value)
            if conversation not in known:
                known.append(conversation)
            excess[:] = known[:-MAX_UNLISTED]
            return known[-MAX_UNLISTED:]

        await self._values.update(UNLISTED_SCOPE, visitor, changed)
        return [each for each in excess if each not in listed]

    async def _drop_unlisted(self, visitor: str, conversation: str) -> None:
        def changed(value: object) -> object:
            return [each for each in _ids(value) if each != conversation] or None

        await self._values.update(UNLISTED_SCOPE, visitor, changed)


def _entries(value: object) -> dict[str, Entry]:
    found = [Entry(**values) for values in value] if isinstance(value, list) else []
    return {entry.id: entry for entry in found}


def _ids(value: object) -> list[str]:
    return [str(each) for each in value] if isinstance(value, list) else []


def _first_words(text: str) -> str:
    words = " ".join(text.split())
    if len(words) <= FIRST_WORDS_CHARS:
        return words
    cut = words[:FIRST_WORDS_CHARS]
    return (cut.rpartition(" ")[0] or cut) + "…"
