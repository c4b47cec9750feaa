"""Scene folders: SERIES/NAME.toml, and RWKV-Drama's SERIES/NAME/ with a scenario and logs."""

import asyncio
import contextlib
import difflib
import functools
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from bot.errors import InvalidOption, NotFound
from bot.library.cards import pictures
from bot.library.cards.card_file import MAX_PICTURE_BYTES
from bot.library.scenes.drama_files import SCENARIO_FILE, pictures_in, read_folder, source_of
from bot.library.scenes.scene_definition import Scene, folded
from bot.library.scenes.scene_file import MAX_BYTES, parse
from bot.library.scenes.scene_outline import SceneOutline, outline_of

MAX_FILES = 5_000
MAX_FACES = 64  # cached small pictures
MAX_OUTLINES = 500  # listed and cached


class SceneFolder:
    """Scenes by "SERIES/NAME". Later folders override earlier ones."""

    def __init__(self, folders: Sequence[Path]) -> None:
        self._folders = tuple(folders)

    def names(self) -> list[str]:
        return sorted(self._files())

    async def get(self, name: str) -> Scene:
        """Load a scene in a thread: "SERIES/NAME", or NAME if that is unique. Raises NotFound or InvalidOption."""
        return await asyncio.to_thread(self.load, name)

    def load(self, name: str) -> Scene:
        """Load a scene. Blocks. Raises NotFound or InvalidOption."""
        files = self._files()
        wanted = folded(name)
        found = [key for key in files if wanted in (folded(key), folded(key.rpartition("/")[2]))]
        exact = [key for key in found if folded(key) == wanted]
        if len(exact or found) == 1:
            key = (exact or found)[0]
            return load_scene(files[key], key)
        if found:
            raise NotFound("There are several scenes with that name: {names}", names=", ".join(found[:5]))
        near = difflib.get_close_matches(name, files, n=1, cutoff=0.3)
        if not files:
            raise NotFound("There are no scenes yet.")
        if not near:
            raise NotFound('There is no scene "{name}". `+scene` lists them all.', name=name[:60])
        raise NotFound('There is no scene "{name}". Did you mean "{near}"?', name=name[:60], near=near[0])

    async def outlines(self) -> list[SceneOutline]:
        """Return the first ``MAX_OUTLINES`` scenes, in the order of their ids."""
        return await asyncio.to_thread(self._outlines)

    def _outlines(self) -> list[SceneOutline]:
        found = []
        for key, path in sorted(self._files().items())[:MAX_OUTLINES]:
            with contextlib.suppress(OSError):  # deleted meanwhile
                found.append(_outline(path, key, _changed(path)))
        return found

    async def outline(self, name: str) -> SceneOutline | None:
        """Return one scene's outline; None if there is no such scene."""
        return await asyncio.to_thread(self._outline_of, name)

    def _outline_of(self, name: str) -> SceneOutline | None:
        path = self._files().get(name)
        with contextlib.suppress(OSError):  # deleted meanwhile
            return None if path is None else _outline(path, name, _changed(path))
        return None

    async def face(self, name: str, speaker: str) -> bytes | None:
        """Return a small picture of a speaker from the scene's folder, or None."""
        return await asyncio.to_thread(self._face, name, speaker)

    def _face(self, name: str, speaker: str) -> bytes | None:
        folder = self._files().get(name)
        path = pictures_in(folder).get(folded(speaker)) if folder is not None and folder.is_dir() else None
        try:
            return None if path is None else _small(path, path.stat().st_mtime_ns)
        except OSError:
            return None

    def check(self) -> list[str]:
        """Return the problems of all files, one per line."""
        lines: list[str] = []
        for key, path in sorted(self._files().items()):
            try:
                load_scene(path, key)
            except InvalidOption as error:
                lines += [f"{key}: {line}" for line in str(error).splitlines()]
        return lines

    def _files(self) -> dict[str, Path]:
        return {key: path for folder in self._folders for key, path in _scan(folder)}


def load_scene(path: Path, scene_id: str) -> Scene:
    """Load a scene from a TOML file or an RWKV-Drama folder. Raises InvalidOption."""
    try:
        if path.is_dir():
            return replace(read_folder(path), id=scene_id)
        if path.stat().st_size > MAX_BYTES:
            raise InvalidOption("The file is too large: the limit is {most} kB.", most=MAX_BYTES // 1000)
        return parse(scene_id, path.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError) as error:
        raise InvalidOption("{path} cannot be read: {problem}", path=path.name, problem=str(error)[:1000]) from None


@functools.lru_cache(maxsize=MAX_OUTLINES)
def _outline(path: Path, scene_id: str, changed: tuple[int, ...]) -> SceneOutline:
    """Return a scene for lists. ``changed`` is part of the cache key."""
    try:
        return outline_of(load_scene(path, scene_id))
    except InvalidOption as error:
        return SceneOutline(id=scene_id, name=scene_id.rpartition("/")[2], problem=str(error))


def _changed(path: Path) -> tuple[int, ...]:
    """Return when a scene's files were changed. Raises OSError."""
    files = (path, source_of(path)) if path.is_dir() else (path,)
    return tuple(each.stat().st_mtime_ns for each in files)


@functools.lru_cache(maxsize=MAX_FACES)
def _small(path: Path, changed: int) -> bytes | None:
    """Return a small picture; None if the file is not one. ``changed``, its mtime, is part of the cache key."""
    if path.stat().st_size > MAX_PICTURE_BYTES:
        return None
    try:
        return pictures.avatar(path.read_bytes(), pictures.FACE)
    except InvalidOption:
        return None


def _scan(folder: Path) -> Iterator[tuple[str, Path]]:
    count = 0
    for series in sorted(folder.iterdir()) if folder.is_dir() else ():
        for path in sorted(series.iterdir()) if series.is_dir() else ():
            count += 1
            if count > MAX_FILES:
                return
            if path.suffix == ".toml":
                yield f"{series.name}/{path.stem}", path
            elif (path / SCENARIO_FILE).is_file():
                yield f"{series.name}/{path.name}", path
