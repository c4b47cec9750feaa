"""The characters that can be played somewhere: its own, the shared ones and those of the folder."""

import asyncio
import difflib
import unicodedata
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from bot.errors import InvalidOption, NotFound
from bot.library.cards import pictures
from bot.library.cards.bounded_json import JsonObject
from bot.library.cards.card import Card
from bot.library.cards.card_edit import edited
from bot.library.cards.card_reader import read_card
from bot.library.cards.card_writer import Spec, write_card
from bot.library.characters.character_folder import CharacterFolder
from bot.library.characters.definition import Character, read_character, shown_name
from bot.store.stored_cards import CardTable, NewCard, StoredCard

SHARED = ""  # scope of the characters that the owner has shared with everyone
MAX_CARDS = 200  # per scope
MAX_BYTES = 256 << 20
MAX_KEPT = 16  # characters cached in memory
MAX_FACES = 64
MAX_ID_LENGTH = 48
T = TypeVar("T")
K = TypeVar("K")


@dataclass(frozen=True, slots=True)
class CharacterListing:
    """An item in a list of characters."""

    id: str
    name: str
    imported: bool = False
    shared: bool = False
    tags: tuple[str, ...] = ()
    problem: str = ""
    version: str = ""  # changes whenever the card does


class CharacterLibrary:
    """Finds, stores and changes characters.

    A ``scope`` is the owner of imported characters, "platform:guild" or "user:platform:id".
    """

    def __init__(self, folder: CharacterFolder, table: CardTable) -> None:
        self.folder = folder
        self._table = table
        self._characters: OrderedDict[tuple[int, int], Character] = OrderedDict()  # by row id and version
        self._faces: OrderedDict[tuple[int, int], bytes | None] = OrderedDict()

    async def listed(self, scope: str) -> list[CharacterListing]:
        """Return all characters that can be played, those of ``scope`` first."""
        rows = await self._table.of([scope, SHARED])
        own = [
            CharacterListing(
                row.name, row.title, imported=True, shared=row.scope == SHARED, version=f"{row.id}.{row.version}"
            )
            for row in rows
        ]
        folder = await asyncio.to_thread(self.folder.entries)
        return [*own, *(CharacterListing(item.id, item.name, tags=item.tags, problem=item.problem) for item in folder)]

    async def get(self, name: str, scope: str) -> Character:
        """Return a character by its id or name. Raises NotFound, suggesting the closest name."""
        row = await self._row(name, scope)
        if row is None:
            return await self._in_folder(name, scope, self.folder.load)
        key = (row.id, row.version)
        if key not in self._characters:
            card = await self._read(row)
            character = await asyncio.to_thread(read_character, card, row.name)
            _keep(self._characters, key, character, MAX_KEPT)
        return self._characters[key]

    async def card(self, name: str, scope: str) -> Card:
        """Return the whole card, for an export. Raises NotFound."""
        row = await self._row(name, scope)
        return await self._read(row) if row is not None else await self._in_folder(name, scope, self.folder.card)

    async def face(self, name: str, scope: str) -> bytes | None:
        """Return a small square PNG, or None if the character has no picture or no longer exists."""
        row = await self._row(name, scope)
        if row is None:
            return await self._face_in_folder(name)
        key = (row.id, row.version)
        if key not in self._faces:
            _keep(self._faces, key, await self._table.avatar(row.id), MAX_FACES)
        return self._faces[key]

    async def face_url(self, name: str, scope: str) -> str | None:
        """Return the picture of ``face`` as a ``data:`` URL."""
        picture = await self.face(name, scope)
        return None if picture is None else pictures.data_url(picture)

    async def add(self, files: Sequence[bytes], name: str, scope: str, user: str) -> tuple[StoredCard, tuple[str, ...]]:
        """Store a card; return it with the repairs made to it. ``files``: the card, optionally with a picture.

        Raises InvalidOption, saying what is wrong with the card.
        """
        card, data, face = await asyncio.to_thread(_taken_in, files, name)
        title = shown_name(card.name) or shown_name(name) or "Character"
        taken = {item.id.casefold() for item in await self.listed(scope)}
        stem = typed_id(title)
        for number in range(1, MAX_CARDS + 2):
            word = stem if number == 1 else f"{stem}-{number}"
            if word in taken:
                continue
            new = NewCard(scope=scope, name=word, title=title, data=data, avatar=face, user=user)
            try:
                row = await self._table.add(new, most=MAX_CARDS, most_bytes=MAX_BYTES)
            except OverflowError:
                message = "No more characters can be saved here: at most {most}, {size} MB in total. Delete one first."
                raise InvalidOption(message, most=MAX_CARDS, size=MAX_BYTES >> 20) from None
            if row is not None:
                return row, card.repairs
        raise InvalidOption("There are too many characters with this name.")

    async def edit(self, name: str, scope: str, changes: JsonObject) -> StoredCard:
        """Replace fields of a card, by their V3 names. Raises NotFound, InvalidOption."""
        row = await self._own(name, scope)
        changed = await asyncio.to_thread(edited, await self._read(row), changes)
        await asyncio.to_thread(read_character, changed, row.name)
        data = await asyncio.to_thread(_written, changed)
        title = shown_name(changed.name) or row.title
        try:
            await self._table.replace(row, data, title, most_bytes=MAX_BYTES)
        except OverflowError:
            raise InvalidOption(
                "The characters here would have more than {size} MB in total.", size=MAX_BYTES >> 20
            ) from None
        return row

    async def delete(self, name: str, scope: str) -> StoredCard:
        """Delete an imported character. Raises NotFound, InvalidOption."""
        row = await self._own(name, scope)
        await self._table.delete(row.id)
        return row

    async def share(self, name: str, scope: str) -> StoredCard:
        """Make an imported character available to everyone. Raises NotFound, InvalidOption."""
        row = await self._own(name, scope)
        if row.scope == SHARED:
            raise InvalidOption("{name} is already shared.", name=row.title)
        data, face = await self._table.data(row.id), await self._table.avatar(row.id)
        new = NewCard(scope=SHARED, name=row.name, title=row.title, data=data or b"", avatar=face)
        try:
            made = await self._table.add(new, most=MAX_CARDS, most_bytes=MAX_BYTES)
        except OverflowError:
            made = None
        if made is None:
            raise InvalidOption("{name} cannot be shared: the name is taken, or too many are shared.", name=row.title)
        await self._table.delete(row.id)
        return made

    async def _row(self, name: str, scope: str) -> StoredCard | None:
        wanted = name.strip().casefold()
        rows = await self._table.of([scope, SHARED])
        rows.sort(key=lambda row: row.scope == SHARED)
        named = [row for row in rows if row.name == wanted] or [row for row in rows if row.title.casefold() == wanted]
        return named[0] if named else None

    async def _own(self, name: str, scope: str) -> StoredCard:
        row = await self._row(name, scope)
        if row is None:
            found = await self.get(name, scope)
            message = "{name} came with the bot: export it, import it again and change the copy."
            raise InvalidOption(message, name=found.name)
        return row

    async def _in_folder(self, name: str, scope: str, find: Callable[[str], T]) -> T:
        try:
            return await asyncio.to_thread(find, name)
        except NotFound:
            known = {item.id.casefold(): item.id for item in await self.listed(scope)}
            near = difflib.get_close_matches(name.strip().casefold(), known, n=1, cutoff=0.4)
            if not near:
                raise
            message = 'There is no character "{name}". Did you mean "{near}"?'
            raise NotFound(message, name=name.strip()[:60], near=known[near[0]]) from None

    async def _read(self, row: StoredCard) -> Card:
        data = await self._table.data(row.id)
        if data is None:
            raise NotFound('The character "{name}" no longer exists.', name=row.name)
        return await asyncio.to_thread(read_card, data, row.title)

    async def _face_in_folder(self, name: str) -> bytes | None:
        try:
            return await self.folder.face(name)
        except NotFound:
            return None


def _taken_in(files: Sequence[bytes], name: str) -> tuple[Card, bytes, bytes | None]:
    """Return the card, the file to store and the small picture."""
    try:
        card = read_card(files[0], name)
    except InvalidOption:
        if len(files) < 2:
            raise
        files = (files[1], files[0])  # the picture came first
        card = read_card(files[0], name)
    read_character(card, name)  # raises InvalidOption if it cannot be played
    beside = files[1] if len(files) > 1 and card.picture is None else None
    face = picture_of(card.picture or beside)
    if beside is None or face is None:
        return card, files[0], face
    card = card.with_picture(beside)
    return card, _written(card), face


def typed_id(title: str) -> str:
    """Return an id that is easy to type: "Alice (v2.1)" becomes "alice-v2-1". Letters of all scripts are kept."""
    folded = unicodedata.normalize("NFKC", title).casefold()
    words = "".join(char if char.isalnum() or unicodedata.category(char).startswith("M") else " " for char in folded)
    return "-".join(words.split())[:MAX_ID_LENGTH].rstrip("-") or "character"


def picture_sheet(faces: Sequence[bytes | None]) -> bytes:
    """Return small pictures side by side, as a PNG."""
    return pictures.sheet(faces, pictures.FACE)


def picture_of(picture: bytes | None) -> bytes | None:
    """Return the small picture, or None if it cannot be read: a broken picture is no reason to reject the card."""
    if picture is None:
        return None
    try:
        return pictures.avatar(picture, pictures.FACE)
    except InvalidOption:
        return None


def _written(card: Card) -> bytes:
    """Return the card as a file that preserves all of it."""
    spec: Spec = "v2" if card.form == "V2" else "v3"
    if card.archive is not None:
        return write_card(card, "charx")
    return write_card(card, "png" if card.picture is not None else "json", spec)


def _keep(kept: "OrderedDict[K, T]", key: K, value: T, most: int) -> None:
    kept[key] = value
    while len(kept) > most:
        kept.popitem(last=False)
