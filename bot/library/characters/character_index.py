"""Index of the cards in a folder, kept in a small JSON file so that listing need not read them."""

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

VERSION = 1
MAX_TAGS = 20
TAG_LENGTH = 60


@dataclass(frozen=True, slots=True)
class IndexedCard:
    """What was read of one file."""

    stamp: tuple[int, int]  # modification time in nanoseconds, size in bytes
    name: str = ""
    form: str = ""  # "" if the file is not a card
    tags: tuple[str, ...] = ()
    problem: str = ""  # why the card cannot be used
    repairs: int = 0


def load_index(path: Path) -> dict[str, IndexedCard]:
    """Load the index. Returns an empty one if it is missing or damaged; all files are then read again."""
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
    """Write the index atomically."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(path.name + ".new")
    table = {"version": VERSION, "files": {name: asdict(item) for name, item in files.items()}}
    fresh.write_text(json.dumps(table, ensure_ascii=False), encoding="utf-8")
    os.replace(fresh, path)  # noqa: PTH105  # Path.replace is the same call
