"""What a channel adds to the characters played in it: lorebooks and an author's note."""

import asyncio
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Protocol

from bot.errors import InvalidOption, NotFound
from bot.library.cards.bounded_json import JsonObject
from bot.library.cards.card_reader import read_book
from bot.library.cards.repairs import Repairs
from bot.library.characters.definition import DepthNote
from bot.library.lore.lore_entry import Lorebook
from bot.library.lore.lore_reader import read_lorebook

SCOPE = "lore"  # scope in the key-value store; keys are channels, "platform:id"
MAX_ENTRIES = 1000  # per channel's own book
MAX_BYTES = 512_000
MAX_BOOKS = 8  # books from the folders, per channel
MAX_FILE_SIZE = 8_000_000
ENDINGS = (".toml", ".json")
Table = dict[str, Any]


class KeyValues(Protocol):
    """The store behind ``ChannelLore``."""

    async def get(self, scope: str, key: str, default: object = None) -> object:
        """Return a JSON value, or ``default``."""

    async def update(self, scope: str, key: str, change: Callable[[object], object]) -> object:
        """Set ``change(value)`` in one transaction; None deletes the key. Returns the new value."""


class ChannelLore:
    """Lorebooks and notes of all channels. ``folders`` hold the lorebooks that any channel may use."""

    def __init__(self, values: KeyValues, folders: Sequence[Path]) -> None:
        self._values = values
        self._folders = tuple(folders)
        self._read: dict[tuple[str, int], Lorebook] = {}  # by name and mtime

    async def of(self, channel: str) -> tuple[tuple[Lorebook, ...], DepthNote | None]:
        """Return the channel's books, its own first, and its note."""
        table = await self._table(channel)
        if not table:
            return (), None
        return await asyncio.to_thread(self._opened, table), _note(table)

    async def note(self, channel: str) -> DepthNote | None:
        """Return the author's note."""
        return _note(await self._table(channel))

    async def set_note(self, channel: str, note: DepthNote | None) -> None:
        """Set the author's note; None removes it."""
        await self._change(channel, lambda table: _with(table, "note", None if note is None else asdict(note)))

    async def entries(self, channel: str) -> list[JsonObject]:
        """Return the entries of the channel's own book, in the V3 format."""
        return _entries(await self._table(channel))

    async def set_entries(self, channel: str, change: Callable[[list[JsonObject]], list[JsonObject]]) -> None:
        """Change the channel's own book. Raises InvalidOption if it would be too large."""

        def changed(table: Table) -> Table:
            new = change(_entries(table))
            if len(new) > MAX_ENTRIES or len(json.dumps(new, ensure_ascii=False).encode()) > MAX_BYTES:
                message = "A channel's lorebook may have at most {entries} entries and {size} kB."
                raise InvalidOption(message, entries=MAX_ENTRIES, size=MAX_BYTES // 1000)
            return _with(table, "entries", new or None)

        await self._change(channel, changed)

    async def books(self, channel: str) -> list[str]:
        """Return the names of the folder books used in the channel."""
        return _books(await self._table(channel))

    async def use(self, channel: str, book: str) -> None:
        """Use a book from the folders. Raises NotFound, InvalidOption."""
        if book not in self.names():
            raise NotFound('There is no lorebook "{name}".', name=book[:60])

        def changed(table: Table) -> Table:
            books = list(dict.fromkeys([*_books(table), book]))
            if len(books) > MAX_BOOKS:
                raise InvalidOption("A channel may use at most {most} lorebooks.", most=MAX_BOOKS)
            return _with(table, "books", books)

        await self._change(channel, changed)

    async def drop(self, channel: str, book: str) -> bool:
        """Stop using a book. Returns whether it was used."""
        known = book in await self.books(channel)
        await self._change(
            channel, lambda table: _with(table, "books", [name for name in _books(table) if name != book] or None)
        )
        return known

    def names(self) -> list[str]:
        """Return the names of the books in the folders."""
        return sorted({path.stem for folder in self._folders for path in folder.glob("*") if path.suffix in ENDINGS})

    async def _change(self, channel: str, change: Callable[[Table], Table]) -> None:
        await self._values.update(
            SCOPE, channel, lambda old: change(dict(old) if isinstance(old, dict) else {}) or None
        )

    async def _table(self, channel: str) -> Table:
        found = await self._values.get(SCOPE, channel)
        return found if isinstance(found, dict) else {}

    def _opened(self, table: Mapping[str, Any]) -> tuple[Lorebook, ...]:
        own = _entries(table)
        books = [read_lorebook({"entries": list(own)})] if own else []
        return (*books, *(book for name in _books(table) if (book := self._of_folder(name)) is not None))

    def _of_folder(self, name: str) -> Lorebook | None:
        """Return a book from the folders; None if its file has since been deleted or damaged."""
        paths = (folder / f"{name}{end}" for folder in reversed(self._folders) for end in ENDINGS)
        path = next((path for path in paths if path.is_file()), None)
        if path is None or path.stat().st_size > MAX_FILE_SIZE:
            return None
        key = (name, path.stat().st_mtime_ns)
        if key not in self._read:
            try:
                book = read_lorebook(read_book(path.read_bytes(), Repairs()))
            except (InvalidOption, OSError):
                return None
            self._read = {other: kept for other, kept in self._read.items() if other[0] != name} | {key: book}
        return self._read[key]


def _entries(table: Mapping[str, Any]) -> list[JsonObject]:
    found = table.get("entries")
    return [dict(item) for item in found if isinstance(item, dict)] if isinstance(found, list) else []


def _books(table: Mapping[str, Any]) -> list[str]:
    found = table.get("books")
    return [str(name) for name in found] if isinstance(found, list) else []


def _note(table: Mapping[str, Any]) -> DepthNote | None:
    found = table.get("note")
    return DepthNote(str(found["text"]), int(found["depth"]), found["role"]) if isinstance(found, dict) else None


def _with(table: Table, name: str, value: object | None) -> Table:
    rest = {key: kept for key, kept in table.items() if key != name}
    return rest if value is None else rest | {name: value}
