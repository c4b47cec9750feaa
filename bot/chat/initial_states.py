"""Tuned initial states: a starting point for a character that requires no text to be read."""

import asyncio
import hashlib
from pathlib import Path

from bot.chat.engine import Engine
from bot.engine.types import StateHandle
from bot.errors import InvalidOption, NotFound
from bot.library.characters.character_folder import CharacterFolder
from bot.library.characters.definition import Character

MAX_BYTES = 512 << 20  # bytes of a state file
MAX_KEPT = 8  # states cached in memory


class InitialStates:
    """The states named by the folder's characters. Imported cards cannot name one: their files are untrusted."""

    def __init__(self, engine: Engine, folder: CharacterFolder) -> None:
        self._engine = engine
        self._folder = folder
        self._hashes: dict[tuple[Path, int, int], str] = {}  # by path, mtime and size
        self._cached: dict[tuple[str, str], StateHandle] = {}  # by model and name

    async def name(self, character: Character) -> str:
        """Return the name of a character's state: its id and the hash of the file; "" if it has none.

        Raises InvalidOption, NotFound.
        """
        if not character.state:
            return ""
        path = await asyncio.to_thread(self._path, character.id)
        return f"{character.id}/{await asyncio.to_thread(self._hash, path)}" if path is not None else ""

    async def get(self, name: str) -> StateHandle:
        """Return the state of that name. Raises NotFound if its file has changed or is gone, ModelError."""
        key = (self._engine.info.fingerprint, name)
        if key not in self._cached:
            character, _, digest = name.rpartition("/")
            path = await asyncio.to_thread(self._path, character)
            if path is None or await asyncio.to_thread(self._hash, path) != digest:
                message = "The tuned state of {name} has changed or is gone. Start over with `+reset`."
                raise NotFound(message, name=character[:60])
            self._cached[key] = await self._engine.tuned_state(path)
            while len(self._cached) > MAX_KEPT:
                self._cached.pop(next(iter(self._cached)))
        return self._cached[key]

    def _path(self, character: str) -> Path | None:
        """Return the file, or None for characters that are not in the folder."""
        try:
            found, card = self._folder.load(character), self._folder.path(character)
        except NotFound:
            return None
        if found.id != character or not found.state:
            return None
        path = card.parent / found.state
        if path.name != found.state or not path.is_file():
            raise InvalidOption("{name} refers to the state {file}, which is not next to it.", name=found.name,
                                file=found.state[:80])  # fmt: skip
        if path.stat().st_size > MAX_BYTES:
            raise InvalidOption("The file is {size} MB; the limit is {most} MB.", size=path.stat().st_size >> 20,
                                most=MAX_BYTES >> 20)  # fmt: skip
        return path

    def _hash(self, path: Path) -> str:
        status = path.stat()
        key = (path, status.st_mtime_ns, status.st_size)
        if key not in self._hashes:
            with path.open("rb") as file:
                self._hashes[key] = hashlib.file_digest(file, "sha256").hexdigest()[:32]
        return self._hashes[key]
