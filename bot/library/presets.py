"""Presets: named sets of sampling parameters, one prompts/presets/*.toml each."""

import difflib
import logging
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bot.errors import NotFound, UserError
from bot.sampling import checked_sampling

log = logging.getLogger(__name__)

LARGEST = 64_000  # bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Preset:
    """A file of presets/."""

    name: str
    title: str
    sampling: Mapping[str, object]


class Presets:
    """The presets of some folders; a later folder's hides an earlier one's of the same name."""

    def __init__(self, folders: Sequence[Path]) -> None:
        self._folders = tuple(folders)
        self._presets: dict[str, Preset] = {}
        self.reload()

    def get(self, name: str) -> Preset:
        """The preset of that name. Raises NotFound that names the nearest."""
        found = self._presets.get(name.casefold())
        if found is None:
            known = ", ".join(self.names()) or "-"
            near = difflib.get_close_matches(name.casefold(), self._presets, n=1, cutoff=0.5)
            if near:
                message = 'There is no preset "{name}". Did you mean "{near}"? Available: {known}'
                raise NotFound(message, name=name[:40], near=near[0], known=known)
            raise NotFound('There is no preset "{name}". Available: {known}', name=name[:40], known=known)
        return found

    def sampling(self, name: str) -> Mapping[str, object]:
        """The parameters of a preset; none when its file is gone."""
        found = self._presets.get(name.casefold())
        return found.sampling if found else {}

    def names(self) -> list[str]:
        """All presets' names, in order."""
        return sorted(self._presets)

    def reload(self) -> list[str]:
        """Read the files again. Returns one line for each broken one; its old version stays in use."""
        old, news = self._presets, []
        fresh: dict[str, Preset] = {}  # whole when it takes the old one's place: turns read while this runs in a thread
        for path in (path for folder in self._folders for path in sorted((folder / "presets").glob("*.toml"))):
            try:
                fresh[path.stem.casefold()] = read_preset(path)
            except (OSError, ValueError, UserError) as error:
                news.append(f"{path.name}: {error}")
                log.warning("preset %s is not used: %s", path.name, error)
                if path.stem.casefold() in old:
                    fresh[path.stem.casefold()] = old[path.stem.casefold()]
        self._presets = fresh
        return news


def read_preset(path: Path) -> Preset:
    """The preset of a file. Raises ValueError or UserError that says what is wrong."""
    if path.stat().st_size > LARGEST:
        raise ValueError(f"larger than {LARGEST // 1000} kB")
    table = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    if strange := set(table) - {"title", "sampling"}:
        raise ValueError(f"unknown key {min(strange)} (known are: title, sampling)")
    title, sampling = table.get("title", path.stem), table.get("sampling", {})
    if not isinstance(title, str) or not isinstance(sampling, dict):
        raise ValueError("expected title = a text, and a table [sampling]")
    return Preset(name=path.stem.casefold(), title=title, sampling=checked_sampling(sampling))
