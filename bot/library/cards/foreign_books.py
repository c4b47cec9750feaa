"""Converts lorebooks of other programs to V2's `character_book`: RisuAI, Agnai's memory books, NovelAI.

RisuAI's and NovelAI's original entries are kept in `extensions`, under the program's name.
"""

from collections.abc import Callable

from bot.library.cards.bounded_json import JsonObject
from bot.library.cards.card import object_of, text_of


def foreign_book(value: object) -> JsonObject | None:
    """Convert a foreign lorebook, without repairs. Returns None if the format is not recognised."""
    if not isinstance(value, dict):
        return None
    if value.get("type") == "risu" and isinstance(value.get("data"), list):
        return _book(value, value["data"], _of_risu)
    if value.get("kind") == "memory" and isinstance(value.get("entries"), list):
        return agnai_book(value)
    if "lorebookVersion" in value and isinstance(value.get("entries"), list):
        return _book(value, value["entries"], _of_novelai)
    return None


def agnai_book(book: JsonObject) -> JsonObject:
    """Convert an Agnai memory book: `entry` is the content, `weight` the order, `keywords` the keys."""
    return _book(book, book.get("entries"), _of_agnai)


def _book(book: JsonObject, entries: object, lay_out: Callable[[JsonObject], JsonObject]) -> JsonObject:
    listed = [lay_out(entry) for entry in (entries if isinstance(entries, list) else ()) if isinstance(entry, dict)]
    return {"name": text_of(book, "name"), "extensions": {}, "entries": listed}


def _of_agnai(entry: JsonObject) -> JsonObject:
    return {
        "keys": entry.get("keywords", entry.get("keys", [])),
        "content": entry.get("entry", entry.get("content", "")),
        "enabled": entry.get("enabled", True),
        "insertion_order": entry.get("weight", entry.get("insertion_order", 100)),
        "priority": entry.get("priority", 10),
        "name": entry.get("name", ""),
        "extensions": {},
    }


def _of_risu(entry: JsonObject) -> JsonObject:
    return {
        "keys": _parted(entry.get("key")),
        "secondary_keys": _parted(entry.get("secondkey")),
        "content": entry.get("content", ""),
        "enabled": entry.get("mode") != "folder",
        "insertion_order": entry.get("insertorder", 100),
        "constant": entry.get("alwaysActive", False),
        "selective": entry.get("selective", False),
        "use_regex": entry.get("useRegex", False),
        "comment": entry.get("comment", ""),
        "extensions": {"risuai": entry},
    }


def _of_novelai(entry: JsonObject) -> JsonObject:
    return {
        "keys": entry.get("keys", []),
        "content": entry.get("text", ""),
        "enabled": entry.get("enabled", True),
        "insertion_order": object_of(entry, "contextConfig").get("budgetPriority", 100),
        "constant": entry.get("forceActivation", False),
        "name": entry.get("displayName", ""),
        "extensions": {"novelai": entry},
    }


def _parted(keys: object) -> object:
    """Split comma-separated keys. A pattern like /a,b/ is a single key."""
    if not isinstance(keys, str):
        return keys or []
    if keys.lstrip().startswith("/"):
        return [keys.strip()]
    return [key.strip() for key in keys.split(",") if key.strip()]
