"""Character folders. Listing reads no cards; changed files are read in the background, one at a time."""

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
from bot.library.characters.avatar_cache import AvatarCache
from bot.library.characters.character_index import MAX_TAGS, TAG_LENGTH, IndexedCard, load_index, save_index
from bot.library.characters.definition import Character, read_character, shown_name

log = logging.getLogger(__name__)

MAX_KEPT = 16  # characters in memory; each may have a lorebook of several megabytes
MAX_PICTURES = 64
MAX_FILES = 20_000
Stamp = tuple[int, int]  # modification time in nanoseconds, size in bytes
FileKey = tuple[str, Stamp]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class CharacterEntry:
    """An item in the list of characters."""

    id: str
    name: str
    path: Path
    tags: tuple[str, ...] = ()
    problem: str = ""


class CharacterFolder:
    """Characters by id, the file's name without its extension. Later folders override earlier ones.

    ``index`` caches what was read of each file across restarts; small pictures are cached beside it. No file is opened
    before the first call.
    """

    def __init__(self, folders: Sequence[Path], index: Path | None = None) -> None:
        self._folders = tuple(folders)
        self._index_path = index
        self._faces = AvatarCache(index.with_name("faces")) if index is not None else None
        self._index: dict[str, IndexedCard] | None = None
        self._kept: OrderedDict[FileKey, Character] = OrderedDict()
        self._pictures: OrderedDict[FileKey, bytes | None] = OrderedDict()

    def entries(self) -> list[CharacterEntry]:
        """Return all characters, sorted by id. Files that have not been read yet are listed under their file names."""
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
        """Read changed files and update the index. Returns one line per newly rejected file. Blocks."""
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
        """Refresh forever, logging rejected files."""
        while True:
            try:
                news = await asyncio.to_thread(self.refresh)
            except Exception:  # keep watching, whatever a file contains
                log.exception("the characters could not be read again; they are looked at again")
                news = []
            for line in news:
                log.warning("character not read: %s", line)
            await asyncio.sleep(seconds)

    def names(self) -> list[str]:
        """Return all ids, sorted."""
        return sorted(self._files())

    async def get(self, character_id: str) -> Character:
        """Load a character in a thread. Raises NotFound, which suggests the nearest name, or InvalidOption."""
        return await asyncio.to_thread(self.load, character_id)

    def load(self, character_id: str) -> Character:
        """Load a character. Raises NotFound or InvalidOption. Blocks."""
        path, stamp = self._find(character_id)
        key = (str(path), stamp)
        found = self._kept.get(key)
        if found is not None:
            return found
        fresh = read_character(read_card_file(path, keep_picture=False), path.stem)
        return _keep(self._kept, key, fresh, MAX_KEPT)

    def path(self, character_id: str) -> Path:
        """Return the path of a character's file, by id or name. Raises NotFound."""
        return self._find(character_id)[0]

    def card(self, character_id: str) -> Card:
        """Read the complete card with its picture, for export. Blocks."""
        return read_card_file(self.path(character_id))

    async def face(self, character_id: str) -> bytes | None:
        """Return a small square picture of the character, without metadata; None if there is none."""
        path, stamp = await asyncio.to_thread(self._pictured, character_id)
        key = (str(path), stamp)
        if key in self._pictures:
            return self._pictures[key]
        return _keep(self._pictures, key, await asyncio.to_thread(self._small, path, stamp), MAX_PICTURES)

    def _pictured(self, character_id: str) -> tuple[Path, Stamp]:
        """Return a card's path, and a stamp that also covers the picture files beside it."""
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
        near = difflib.get_close_matches(wanted.casefold(), folded, n=1, cutoff=0.4)
        if not folded:
            raise NotFound("There are no characters yet.")
        if not near:
            raise NotFound('There is no character "{name}". `+characters` lists them all.', name=wanted[:60])
        message = 'There is no character "{name}". Did you mean "{near}"?'
        raise NotFound(message, name=wanted[:60], near=folded[near[0]])

    def _files(self) -> dict[str, tuple[Path, Stamp]]:
        """Return id -> card file. If several files share a name, the order of CARD_ENDINGS decides."""
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
                if count >= MAX_FILES:
                    log.warning("%s holds more than %d files; the others are left out", folder, MAX_FILES)
                    return
                ending = os.path.splitext(item.name)[1].lower()  # noqa: PTH122  # a Path per file is slow
                if item.name.startswith(".") or ending not in CARD_ENDINGS or not item.is_file():
                    continue
                status = item.stat()
                yield Path(item.path), (status.st_mtime_ns, status.st_size)
    except OSError:
        return


def _named(folder: Path, character_id: str) -> tuple[Path, Stamp] | None:
    """Return the file with exactly that id, without a stat of all other files."""
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
            return IndexedCard(stamp)  # an ordinary picture, not a card
        return IndexedCard(stamp, shown_name(path.stem), problem=str(error))
    except UserError as error:
        return IndexedCard(stamp, shown_name(path.stem), problem=str(error))
    tags = tuple(tag[:TAG_LENGTH] for tag in texts_of(card.data, "tags")[:MAX_TAGS])
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
    """Insert a value and evict the oldest ones beyond ``most``."""
    kept[key] = value
    while len(kept) > most:
        kept.popitem(last=False)
    return value
