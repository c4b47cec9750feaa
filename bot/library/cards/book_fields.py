"""Repairs the fields of lorebooks: a card's `character_book` (V2 or V3) and SillyTavern's world files."""

from bot.errors import InvalidOption
from bot.library.cards.bounded_json import JsonObject
from bot.library.cards.repairs import Repairs

MAX_ENTRIES = 10_000
MAX_KEYS = 20_000  # per book: matching looks for every key in every message
KEY_LENGTH = 1_000
BOOLEANS = ("enabled", "constant", "selective", "case_sensitive", "use_regex")
NUMBERS = ("insertion_order", "priority")
# SillyTavern's world file -> (name in a card's entry, name in that entry's `extensions`); one of the two is "".
WORLD_NAMES = {
    "key": ("keys", ""), "keysecondary": ("secondary_keys", ""), "comment": ("comment", ""),
    "content": ("content", ""), "constant": ("constant", ""), "selective": ("selective", ""),
    "order": ("insertion_order", ""), "uid": ("id", ""), "selectiveLogic": ("", "selectiveLogic"),
    "position": ("", "position"), "depth": ("", "depth"), "role": ("", "role"), "probability": ("", "probability"),
    "useProbability": ("", "useProbability"), "excludeRecursion": ("", "exclude_recursion"),
    "preventRecursion": ("", "prevent_recursion"), "delayUntilRecursion": ("", "delay_until_recursion"),
    "group": ("", "group"), "groupOverride": ("", "group_override"), "groupWeight": ("", "group_weight"),
    "useGroupScoring": ("", "use_group_scoring"), "scanDepth": ("", "scan_depth"),
    "caseSensitive": ("", "case_sensitive"), "matchWholeWords": ("", "match_whole_words"), "sticky": ("", "sticky"),
    "cooldown": ("", "cooldown"), "delay": ("", "delay"), "displayIndex": ("", "display_index"),
    "vectorized": ("", "vectorized"), "automationId": ("", "automation_id"), "outletName": ("", "outlet_name"),
    "ignoreBudget": ("", "ignore_budget"),
}  # fmt: skip


def is_world_file(value: object) -> bool:
    """Return whether a JSON value is a SillyTavern world file or a bare V2/V3 lorebook, rather than a card."""
    if not isinstance(value, dict) or "entries" not in value or "data" in value:
        return value["spec"] == "lorebook_v3" if isinstance(value, dict) and "spec" in value else False
    return isinstance(value["entries"], (dict, list))


def book_of_file(value: JsonObject, repairs: Repairs) -> JsonObject:
    """Convert a world file, a `lorebook_v3` file or a bare book to a card's `character_book`."""
    if value.get("spec") == "lorebook_v3" and isinstance(value.get("data"), dict):
        value = dict(value["data"])  # type: ignore[call-overload]  # checked above
    entries = value.get("entries")
    if isinstance(entries, dict):
        listed: list[object] = [_of_world(entry) for entry in entries.values() if isinstance(entry, dict)]
        value = value | {"entries": listed}
    return repair_book(value, repairs)


def repair_book(value: object, repairs: Repairs) -> JsonObject:
    """Repair a lorebook so that the fields read by this program have the right types. Unknown fields are kept."""
    if not isinstance(value, dict):
        repairs.note("character_book is no object; it was left empty")
        return {"extensions": {}, "entries": []}
    book = dict(value)
    entries = book.get("entries")
    if isinstance(entries, dict):
        repairs.note("the lorebook's entries are an object; they were taken as a list")
        entries = [_of_world(entry) if "key" in entry else entry for entry in entries.values()
                   if isinstance(entry, dict)]  # fmt: skip
    if not isinstance(entries, list):
        repairs.note("the lorebook has no list of entries; it was left empty")
        entries = []
    if len(entries) > MAX_ENTRIES:
        raise InvalidOption("The lorebook has {count} entries; the limit is {most}.", count=len(entries),
                            most=MAX_ENTRIES)  # fmt: skip
    book["entries"] = [_repair_entry(entry, repairs) for entry in entries if isinstance(entry, dict)]
    if len(book["entries"]) < len(entries):
        repairs.note("lorebook entries that are no objects were left out")
    _check_keys(book["entries"])
    for key in ("scan_depth", "token_budget"):
        if key in book and book[key] is not None:
            _repair_number(book, key, repairs, "the lorebook's")
    if "extensions" in book and not isinstance(book["extensions"], dict):
        book["extensions"] = {}
    if book.get("recursive_scanning") is not None and not isinstance(book["recursive_scanning"], bool):
        book["recursive_scanning"] = _boolean(book["recursive_scanning"])
    return book


def _repair_entry(value: JsonObject, repairs: Repairs) -> JsonObject:
    entry = dict(value)
    for key in ("keys", "secondary_keys"):
        if key in entry:
            entry[key] = _repair_keys(entry[key], key, repairs)
    if not isinstance(entry.get("content", ""), str):
        entry["content"] = "" if isinstance(entry["content"], (dict, list, bool, type(None))) else str(entry["content"])
        repairs.note("a lorebook entry's content is no text")
    for key in BOOLEANS:
        if entry.get(key) is not None and not isinstance(entry[key], bool):
            entry[key] = _boolean(entry[key])
            repairs.note(f"a lorebook entry's {key} is neither true nor false; it was taken as {entry[key]}")
    for key in NUMBERS:
        if entry.get(key) is not None:
            _repair_number(entry, key, repairs, "a lorebook entry's")
    if "extensions" in entry and not isinstance(entry["extensions"], dict):
        entry["extensions"] = {}
        repairs.note("a lorebook entry's extensions are no object; they were left empty")
    return entry


def _repair_keys(value: object, key: str, repairs: Repairs) -> list[str]:
    if isinstance(value, str):
        repairs.note(f"a lorebook entry's {key} are a text; they were parted at its commas")
        return [part.strip() for part in value.split(",") if part.strip()]
    if not isinstance(value, list):
        if value is not None:
            repairs.note(f"a lorebook entry's {key} are no list; they were left empty")
        return []
    texts = [item for item in value if isinstance(item, str)]
    if len(texts) < len(value):
        texts = [str(item) for item in value if isinstance(item, (str, int, float)) and not isinstance(item, bool)]
        repairs.note(f"a lorebook entry's {key} held something else than texts")
    if any(len(text) > KEY_LENGTH for text in texts):
        repairs.note(f"keys of more than {KEY_LENGTH} characters were left out")
        texts = [text for text in texts if len(text) <= KEY_LENGTH]
    return texts


def _repair_number(table: JsonObject, key: str, repairs: Repairs, whose: str) -> None:
    value = table[key]
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return
    try:
        table[key] = int(str(value).strip()[:12])
        repairs.note(f"{whose} {key} is a text; it was taken as a number")
    except ValueError:
        del table[key]
        repairs.note(f"{whose} {key} is no number; it was dropped")


def _boolean(value: object) -> bool:
    return value.strip().lower() in ("true", "yes", "1", "on") if isinstance(value, str) else bool(value)


def _check_keys(entries: object) -> None:
    count = 0
    for entry in entries if isinstance(entries, list) else ():
        count += len(entry.get("keys") or ()) + len(entry.get("secondary_keys") or ())
    if count > MAX_KEYS:
        raise InvalidOption("The lorebook has {count} keys; the limit is {most}.", count=count, most=MAX_KEYS)


def _of_world(entry: JsonObject) -> JsonObject:
    """Convert a world file's entry to the field names of a card's entry."""
    extensions: JsonObject = {}
    found: JsonObject = {}
    for name, value in entry.items():
        ours, extension = WORLD_NAMES.get(name, ("", name))
        if ours:
            found[ours] = value
        elif name not in ("disable", "extensions"):
            extensions[extension] = value
    found["enabled"] = not entry.get("disable", False)
    inner = entry.get("extensions")
    return found | {"extensions": (inner if isinstance(inner, dict) else {}) | extensions}
