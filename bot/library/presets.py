"""Presets: named sets of sampling parameters, one per file prompts/presets/*.toml."""

import difflib
import logging
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bot.errors import NotFound, UserError
from bot.sampling import checked_sampling

log = logging.getLogger(__name__)

MAX_BYTES = 64_000  # bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Preset:
    """The content of a preset file."""

    name: str
    title: str
    sampling: Mapping[str, object]


class Presets:
    """The presets of several folders. Later folders override earlier ones."""

    def __init__(self, folders: Sequence[Path]) -> None:
        self._folders = tuple(folders)
        self._presets: dict[str, Preset] = {}
        self.reload()

    def get(self, name: str) -> Preset:
        """Return the preset of that name. Raises NotFound, which suggests the nearest name."""
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
        """Return a preset's parameters, or none if its file no longer exists."""
        found = self._presets.get(name.casefold())
        return found.sampling if found else {}

    def names(self) -> list[str]:
        """Return the names of all presets, sorted."""
        return sorted(self._presets)

    def reload(self) -> list[str]:
        """Read all files again. Returns one line per broken file; its old version stays in use."""
        old, news = self._presets, []
        fresh: dict[str, Preset] = {}  # swapped in at the end: turns read meanwhile
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
    """Read a preset file. Raises ValueError or UserError if it is invalid."""
    if path.stat().st_size > MAX_BYTES:
        raise ValueError(f"larger than {MAX_BYTES // 1000} kB")
    table = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    if strange := set(table) - {"title", "sampling"}:
        raise ValueError(f"unknown key {min(strange)} (known are: title, sampling)")
    title, sampling = table.get("title", path.stem), table.get("sampling", {})
    if not isinstance(title, str) or not isinstance(sampling, dict):
        raise ValueError("expected title = a text, and a table [sampling]")
    return Preset(name=path.stem.casefold(), title=title, sampling=checked_sampling(sampling))
