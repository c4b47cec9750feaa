"""What is known of the cards in a folder without reading them: a small file in the data folder, by path and time."""

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

VERSION = 1
MOST_TAGS = 20
TAG_LENGTH = 60


@dataclass(frozen=True, slots=True)
class IndexedCard:
    """One file, as it was when it was last read."""

    stamp: tuple[int, int]  # time of change in nanoseconds, bytes
    name: str = ""
    form: str = ""  # "" for a file that is no card
    tags: tuple[str, ...] = ()
    problem: str = ""  # why it cannot be used
    repairs: int = 0


def load_index(path: Path) -> dict[str, IndexedCard]:
    """The index; empty where there is none or it is damaged, for then everything is read again."""
    try:
        table = json.loads(path.read_text(encoding="utf-8"))
        if table["version"] != VERSION:
            return {}
        return {
            name: IndexedCard(**(item | {"stamp": tuple(item["stamp"]), "tags": tuple(item["tags"])}))
            for name, item in table["files"].items()
        }
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return {}


def save_index(path: Path, files: Mapping[str, IndexedCard]) -> None:
    """Write the index beside and move it over the old one, so that it is never half of one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(path.name + ".new")
    table = {"version": VERSION, "files": {name: asdict(item) for name, item in files.items()}}
    fresh.write_text(json.dumps(table, ensure_ascii=False), encoding="utf-8")
    os.replace(fresh, path)  # noqa: PTH105  # Path.replace is the same call
