"""Prompts and scenes as editable text: read, validated before saving, and written to a single folder."""

import asyncio
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from bot.errors import InvalidOption, NotFound, UserError
from bot.library import prompt_files
from bot.library.imports import prompt_name
from bot.library.prompt_files import Prompts
from bot.library.scenes import scene_file

Kind = Literal["prompt", "scene"]
FOLDERS: dict[Kind, str] = {"prompt": "chat", "scene": "scenes"}
SCENE_PART = re.compile(r"\w[\w -]{0,63}")
MAX_BYTES = 256_000  # bytes per file
MAX_FILES = 1000  # in the writable folder


@dataclass(frozen=True, slots=True)
class TextFile:
    """A prompt or a scene. ``own``: its file is in the writable folder."""

    kind: Kind
    name: str
    own: bool


class TextFiles:
    """Text files of several ``folders``. Later ones override earlier ones; only the last is written to."""

    def __init__(self, prompts: Prompts, folders: Sequence[Path]) -> None:
        self._prompts = prompts
        self._folders = tuple(folders)

    async def all(self) -> list[TextFile]:
        return await asyncio.to_thread(self._all)

    async def read(self, kind: Kind, name: str) -> str:
        """Return a file's text. Raises NotFound or InvalidOption."""
        return await asyncio.to_thread(self._read, kind, name)

    def check(self, kind: Kind, name: str, text: str) -> list[str]:
        """Return the problems of a text, one per line. Raises InvalidOption if the name or size is invalid."""
        _checked_name(kind, name)
        if len(text.encode("utf-8", "replace")) > MAX_BYTES:
            raise InvalidOption("The file is too large: the limit is {most} kB.", most=MAX_BYTES // 1000)
        try:
            prompt_files.parse(name, text) if kind == "prompt" else scene_file.parse(name, text)
        except (UserError, ValueError, RecursionError) as error:
            return (str(error) or type(error).__name__).splitlines()
        return []

    async def save(self, kind: Kind, name: str, text: str) -> None:
        """Save a valid text and reload the prompts. Raises InvalidOption."""
        if problems := await asyncio.to_thread(self.check, kind, name, text):
            raise InvalidOption("Not saved: {problem}", problem=problems[0])
        await asyncio.to_thread(self._write, _checked_name(kind, name), text)
        await asyncio.to_thread(self._prompts.reload)

    def _all(self) -> list[TextFile]:
        found: dict[tuple[Kind, str], TextFile] = {}
        for folder in self._folders:
            own = folder == self._folders[-1]
            for path in sorted((folder / "chat").glob("*.toml")):
                found["prompt", path.stem] = TextFile("prompt", path.stem, own)
            for path in sorted((folder / "scenes").glob("*/*.toml")):
                name = f"{path.parent.name}/{path.stem}"
                found["scene", name] = TextFile("scene", name, own)
        return [found[key] for key in sorted(found)]

    def _read(self, kind: Kind, name: str) -> str:
        for folder in reversed(self._folders):
            path = folder / FOLDERS[kind] / f"{name}.toml"
            if path.is_file() and path.resolve().is_relative_to((folder / FOLDERS[kind]).resolve()):
                if path.stat().st_size > MAX_BYTES:
                    raise InvalidOption("The file is too large: the limit is {most} kB.", most=MAX_BYTES // 1000)
                return path.read_text(encoding="utf-8-sig")
        raise NotFound("There is no file of that name.")

    def _write(self, place: str, text: str) -> None:
        path = self._folders[-1] / place
        if not path.exists() and sum(1 for _ in self._folders[-1].rglob("*.toml")) >= MAX_FILES:
            raise InvalidOption("There are {count} files, which is the limit. Delete one first.", count=MAX_FILES)
        path.parent.mkdir(parents=True, exist_ok=True)
        new = path.with_suffix(".new")
        new.write_text(text, encoding="utf-8", newline="\n")
        new.replace(path)


def _checked_name(kind: Kind, name: str) -> str:
    """Return the file's path within a folder. Raises InvalidOption for names that could lead outside of it."""
    if kind == "prompt":
        if prompt_name(name) != name:
            raise InvalidOption("A prompt's name must have 1 to 32 characters: a-z, digits, - and _.")
    elif not (len(parts := name.split("/")) == 2 and all(SCENE_PART.fullmatch(part) for part in parts)):
        raise InvalidOption("A scene's name must be a series and a name, like this: {example}", example="forest/night")
    return f"{FOLDERS[kind]}/{name}.toml"
