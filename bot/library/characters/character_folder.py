"""The characters of some folders. Listing them reads no card: what changed is read aside, one file at a time."""

import asyncio
import contextlib
import difflib
import logging
import os
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from bot.errors import InvalidOption, NotFound, UserError
from bot.library.cards import pictures
from bot.library.cards.card import Card, texts_of
from bot.library.cards.card_file import CARD_ENDINGS, PICTURE_ENDINGS, read_card_file
from bot.library.characters.character_index import MOST_TAGS, TAG_LENGTH, IndexedCard, load_index, save_index
from bot.library.characters.definition import Character, read_character, shown_name
from bot.library.characters.face_cache import FaceCache

log = logging.getLogger(__name__)

MOST_KEPT = 16  # characters in memory; one may have a lorebook of megabytes
MOST_PICTURES = 64
MOST_FILES = 20_000
Stamp = tuple[int, int]  # time of change in nanoseconds, bytes
FileKey = tuple[str, Stamp]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class CharacterEntry:
    """One line of the list."""

    id: str
    name: str
    path: Path
    tags: tuple[str, ...] = ()
    problem: str = ""


class CharacterFolder:
    """Characters by their ids, the files' names without endings; a later folder's hides an earlier one's.

    ``index`` keeps what was read of each file over a restart; small pictures lie beside it. Nothing
    is opened before the first call.
    """

    def __init__(self, folders: Sequence[Path], index: Path | None = None) -> None:
        self._folders = tuple(folders)
        self._index_path = index
        self._faces = FaceCache(index.with_name("faces")) if index is not None else None
        self._index: dict[str, IndexedCard] | None = None
        self._kept: OrderedDict[FileKey, Character] = OrderedDict()
        self._pictures: OrderedDict[FileKey, bytes | None] = OrderedDict()

    def entries(self) -> list[CharacterEntry]:
        """All characters, by id. Files that were not read yet stand under their files' names."""
        index = self._known()
        found = []
        for character_id, (path, stamp) in sorted(self._files().items()):
            item = index.get(str(path))
            if item is None or item.stamp != stamp:
                found.append(CharacterEntry(character_id, shown_name(character_id), path))
            elif item.form or item.problem:
                found.append(CharacterEntry(character_id, item.name, path, item.tags, item.problem))
        return found

    def refresh(self) -> list[str]:
        """Read the files that changed, and remember them. Returns a line for each that is newly refused. Blocks."""
        index, news = self._known(), []
        files = {str(path): (path, stamp) for path, stamp in self._files().values()}
        fresh = {name: item for name, item in index.items() if name in files and item.stamp == files[name][1]}
        changed = [item for name, item in files.items() if name not in fresh]
        for path, stamp in changed:
            fresh[str(path)] = item = _look(path, stamp)
            if item.problem:
                news.append(f"{path.name}: {item.problem}")
        if fresh.keys() != index.keys() or changed:
            self._index = fresh
            self._save(fresh)
        return news

    async def watch(self, seconds: float) -> None:
        """Notice changed files for ever; the log tells of those that are refused."""
        while True:
            for line in await asyncio.to_thread(self.refresh):
                log.warning("character not read: %s", line)
            await asyncio.sleep(seconds)

    def names(self) -> list[str]:
        """All ids."""
        return sorted(self._files())

    async def get(self, character_id: str) -> Character:
        """A character, read off the event loop. Raises NotFound with the nearest name, or InvalidOption."""
        return await asyncio.to_thread(self.load, character_id)

    def load(self, character_id: str) -> Character:
        """The same, at once."""
        path, stamp = self._find(character_id)
        key = (str(path), stamp)
        found = self._kept.get(key)
        if found is not None:
            return found
        fresh = read_character(read_card_file(path, keep_picture=False), path.stem)
        return _keep(self._kept, key, fresh, MOST_KEPT)

    def path(self, character_id: str) -> Path:
        """The file of a character, by its id or its name. Raises NotFound."""
        return self._find(character_id)[0]

    def card(self, character_id: str) -> Card:
        """A character's whole card with its picture, for an export. Blocks."""
        return read_card_file(self.path(character_id))

    async def face(self, character_id: str) -> bytes | None:
        """Its picture, small, square and without metadata; None where it has none, or one that cannot be read."""
        path, stamp = await asyncio.to_thread(self._pictured, character_id)
        key = (str(path), stamp)
        if key in self._pictures:
            return self._pictures[key]
        return _keep(self._pictures, key, await asyncio.to_thread(self._small, path, stamp), MOST_PICTURES)

    def _pictured(self, character_id: str) -> tuple[Path, Stamp]:
        """A card's file, and a stamp that changes with it and with the picture of its name beside it."""
        path, (changed, size) = self._find(character_id)
        for ending in PICTURE_ENDINGS:
            with contextlib.suppress(OSError):
                beside = path.with_suffix(ending).stat()
                changed, size = changed + beside.st_mtime_ns, size + beside.st_size
        return path, (changed, size)

    def _small(self, path: Path, stamp: Stamp) -> bytes | None:
        return _face(path) if self._faces is None else self._faces.get(path, stamp, _face)

    def _find(self, character_id: str) -> tuple[Path, Stamp]:
        wanted = character_id.strip()
        for folder in reversed(self._folders):
            if (found := _named(folder, wanted)) is not None:
                return found
        files = self._files()
        folded = {name.casefold(): name for name in files}
        folded |= {entry.name.casefold(): entry.id for entry in self.entries() if entry.name.casefold() not in folded}
        if wanted.casefold() in folded:
            return files[folded[wanted.casefold()]]
        near = difflib.get_close_matches(wanted.casefold(), folded, n=1, cutoff=0.4) or sorted(folded)[:1]
        if not near:
            raise NotFound("There are no characters yet.")
        message = 'There is no character "{name}". Did you mean "{near}"?'
        raise NotFound(message, name=wanted[:60], near=folded[near[0]])

    def _files(self) -> dict[str, tuple[Path, Stamp]]:
        """Id -> its card's file; of several files of one name the first of CARD_ENDINGS is the card."""
        found: dict[str, tuple[Path, Stamp]] = {}
        for folder in self._folders:
            here: dict[str, tuple[int, Path, Stamp]] = {}
            for path, stamp in _scan(folder):
                rank = CARD_ENDINGS.index(path.suffix.lower())
                if path.stem not in here or rank < here[path.stem][0]:
                    here[path.stem] = (rank, path, stamp)
            found |= {name: (path, stamp) for name, (_, path, stamp) in here.items()}
        return found

    def _known(self) -> dict[str, IndexedCard]:
        if self._index is None:
            self._index = load_index(self._index_path) if self._index_path is not None else {}
        return self._index

    def _save(self, files: dict[str, IndexedCard]) -> None:
        if self._index_path is None:
            return
        try:
            save_index(self._index_path, files)
        except OSError as error:
            log.warning("the index of characters cannot be written: %s", error)


def _scan(folder: Path) -> Iterable[tuple[Path, Stamp]]:
    try:
        with os.scandir(folder) as listing:
            for count, item in enumerate(listing):
                if count >= MOST_FILES:
                    log.warning("%s holds more than %d files; the others are left out", folder, MOST_FILES)
                    return
                ending = os.path.splitext(item.name)[1].lower()  # noqa: PTH122  # a Path for each file takes long
                if item.name.startswith(".") or ending not in CARD_ENDINGS or not item.is_file():
                    continue
                status = item.stat()
                yield Path(item.path), (status.st_mtime_ns, status.st_size)
    except OSError:
        return


def _named(folder: Path, character_id: str) -> tuple[Path, Stamp] | None:
    """The file of exactly that id: it alone is looked at, which is fast among a thousand."""
    try:
        names = [name for name in os.listdir(folder) if name.startswith(f"{character_id}.")]  # noqa: PTH208
    except OSError:
        return None
    endings = {name[len(character_id) :].lower(): name for name in names if not name.startswith(".")}
    for ending in CARD_ENDINGS:
        path = folder / endings.get(ending, ".")
        if ending in endings and path.is_file():
            status = path.stat()
            return path, (status.st_mtime_ns, status.st_size)
    return None


def _look(path: Path, stamp: Stamp) -> IndexedCard:
    try:
        card = read_card_file(path, keep_picture=False)
    except InvalidOption as error:
        if path.suffix.lower() in (".jpg", ".jpeg"):
            return IndexedCard(stamp)  # a picture of something else
        return IndexedCard(stamp, shown_name(path.stem), problem=str(error))
    except UserError as error:
        return IndexedCard(stamp, shown_name(path.stem), problem=str(error))
    tags = tuple(tag[:TAG_LENGTH] for tag in texts_of(card.data, "tags")[:MOST_TAGS])
    return IndexedCard(
        stamp, shown_name(card.name) or shown_name(path.stem), card.form, tags, repairs=len(card.repairs)
    )


def _face(path: Path) -> bytes | None:
    try:
        picture = read_card_file(path).picture
        return None if picture is None else pictures.avatar(picture, pictures.FACE)
    except InvalidOption as error:
        log.warning("%s: %s", path.name, error)
        return None


def _keep(kept: OrderedDict[FileKey, T], key: FileKey, value: T, most: int) -> T:
    """Put a value in, and the oldest out when there are too many."""
    kept[key] = value
    while len(kept) > most:
        kept.popitem(last=False)
    return value
