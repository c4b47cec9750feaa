"""The scenes of some folders: SERIES/NAME.toml, and RWKV-Drama's SERIES/NAME/ with its two files."""

import asyncio
import difflib
from collections.abc import Iterator, Sequence
from pathlib import Path

from bot.errors import InvalidOption, NotFound
from bot.library.scenes.drama_files import SCENARIO_FILE, read_folder
from bot.library.scenes.scene_definition import Scene, folded
from bot.library.scenes.scene_file import LARGEST, parse

MOST_FILES = 5_000


class SceneFolder:
    """Scenes by "SERIES/NAME"; a later folder's hides an earlier one's of the same name."""

    def __init__(self, folders: Sequence[Path]) -> None:
        self._folders = tuple(folders)

    def names(self) -> list[str]:
        return sorted(self._files())

    async def get(self, name: str) -> Scene:
        """The scene "SERIES/NAME", or NAME where only one series has it. Raises NotFound, InvalidOption."""
        return await asyncio.to_thread(self.load, name)

    def load(self, name: str) -> Scene:
        """The same, at once."""
        files = self._files()
        wanted = folded(name)
        found = [key for key in files if wanted in (folded(key), folded(key.rpartition("/")[2]))]
        exact = [key for key in found if folded(key) == wanted]
        if len(exact or found) == 1:
            key = (exact or found)[0]
            return load_scene(files[key], key)
        if found:
            raise NotFound("There are several scenes with that name: {names}", names=", ".join(found[:5]))
        near = difflib.get_close_matches(name, files, n=1, cutoff=0.3) or sorted(files)[:1]
        if not near:
            raise NotFound("There are no scenes yet.")
        raise NotFound('There is no scene "{name}". Did you mean "{near}"?', name=name[:60], near=near[0])

    def check(self) -> list[str]:
        """What is wrong with the files, one line for each problem."""
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
    """The scene of a TOML file or of a folder of RWKV-Drama. Raises InvalidOption that says what is wrong."""
    try:
        if path.is_dir():
            return read_folder(path)
        if path.stat().st_size > LARGEST:
            raise InvalidOption("The file is too large: the limit is {most} kB.", most=LARGEST // 1000)
        return parse(scene_id, path.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError) as error:
        raise InvalidOption("{path} cannot be read: {problem}", path=path.name, problem=str(error)[:1000]) from None


def _scan(folder: Path) -> Iterator[tuple[str, Path]]:
    count = 0
    for series in sorted(folder.iterdir()) if folder.is_dir() else ():
        for path in sorted(series.iterdir()) if series.is_dir() else ():
            count += 1
            if count > MOST_FILES:
                return
            if path.suffix == ".toml":
                yield f"{series.name}/{path.stem}", path
            elif (path / SCENARIO_FILE).is_file():
                yield f"{series.name}/{path.name}", path
