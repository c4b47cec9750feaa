"""The program's own character format: a TOML file with short names, converted to V3's `data`."""

from datetime import date, time

from bot.errors import InvalidOption
from bot.library.cards.bounded_json import JsonObject
from bot.library.cards.card import OWN_EXTENSION
from bot.library.cards.foreign_cards import EMPTY
from bot.library.cards.toml_text import load_toml
from bot.problems import key_hint, line_of

MAX_BYTES = 1_000_000  # bytes
MAX_NUMBER = 10**15
TEXTS = {
    "name": "name", "nickname": "nickname", "description": "description", "personality": "personality",
    "scenario": "scenario", "greeting": "first_mes", "examples": "mes_example", "system_prompt": "system_prompt",
    "after_history": "post_history_instructions", "creator": "creator", "notes": "creator_notes",
    "version": "character_version",
}  # fmt: skip
LISTS = {"greetings": "alternate_greetings", "group_greetings": "group_only_greetings", "tags": "tags"}
OWN = {"user": str, "language": str, "picture": str, "state": str, "sampling": dict}
NOTE = {"text": str, "depth": int, "role": str}
BOOK = {"scan_depth": int, "token_budget": int, "recursive_scanning": bool}
ENTRY = {
    "keys": list, "secondary_keys": list, "content": str, "enabled": bool, "constant": bool, "selective": bool,
    "case_sensitive": bool, "insertion_order": int, "priority": int, "position": str, "name": str,
    "comment": str,
}  # fmt: skip
ENTRY_EXTRAS = {
    "depth": int, "role": str, "logic": str, "probability": float, "match_whole_words": bool, "scan_depth": int,
    "exclude_recursion": bool, "prevent_recursion": bool, "delay_until_recursion": bool, "sticky": int, "cooldown": int,
    "delay": int, "group": str, "group_weight": int, "group_override": bool, "ignore_budget": bool,
    "use_group_scoring": bool, "outlet_name": str,
}  # fmt: skip
# The index is SillyTavern's number.
LOGICS = ("and_any", "not_all", "not_any", "and_all")
ROLES = ("system", "user", "assistant")
POSITIONS = ("before_char", "after_char", "note_top", "note_bottom", "depth", "examples_top", "examples_bottom",
             "outlet")  # fmt: skip
Types = dict[str, type]
KNOWN: Types = (
    dict.fromkeys(TEXTS, str)
    | dict.fromkeys(LISTS, list)
    | OWN
    | {"talkativeness": float, "note": dict, "book": dict, "lore": list}
)
WORDS = {str: "a text in quotes", int: "a whole number", float: "a number", bool: "true or false", list: "a list",
         dict: "a table"}  # fmt: skip


def parse_toml(text: str) -> JsonObject:
    """Parse TOML. Raises InvalidOption, which names the line."""
    if len(text) > MAX_BYTES:
        raise InvalidOption("The file is larger than {most} kB.", most=MAX_BYTES // 1000)
    try:
        table = load_toml(text.removeprefix("\ufeff"))
        return {key: _json_value(value) for key, value in table.items()}
    except ValueError as error:
        raise InvalidOption("The file is not TOML: {problem}", problem=str(error)[:160]) from None
    except RecursionError:
        problem = "the file is nested too deeply"
        raise InvalidOption("The file is not TOML: {problem}", problem=problem) from None


def _json_value(value: object) -> object:
    """Return a TOML value in a form that JSON has: dates as texts. Raises InvalidOption for numbers that JSON lacks."""
    if isinstance(value, dict):
        return {key: _json_value(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_json_value(each) for each in value]
    if isinstance(value, (date, time)):
        return value.isoformat()
    if isinstance(value, (int, float)) and not -MAX_NUMBER <= value <= MAX_NUMBER:
        problem = "numbers must be finite and have at most 15 digits"
        raise InvalidOption("The file is not TOML: {problem}", problem=problem)
    return value


def convert_toml(text: str, fallback_name: str) -> JsonObject:
    """Convert a character's TOML text to a card's `data`. Raises InvalidOption."""
    table = parse_toml(text)
    check_keys(table, KNOWN, text)
    data: JsonObject = {ours: table[key] for key, ours in (TEXTS | LISTS).items() if key in table}
    if not any(key in data for key in ("description", "personality", "scenario", "first_mes", "mes_example")):
        raise InvalidOption("The file contains no character: description, personality or greeting is missing.")
    extensions: JsonObject = {OWN_EXTENSION: {key: table[key] for key in OWN if key in table}}
    if "talkativeness" in table:
        extensions["talkativeness"] = table["talkativeness"]
    if isinstance(note := table.get("note"), dict):
        check_keys(note, NOTE, text)
        role = note.get("role", "system")
        extensions["depth_prompt"] = {"prompt": note.get("text", ""), "depth": note.get("depth", 4), "role": role}
    if "lore" in table or "book" in table:
        data["character_book"] = convert_book(table, text)
    return EMPTY | {"name": fallback_name, "description": ""} | data | {"extensions": extensions}


def convert_book(table: JsonObject, text: str) -> JsonObject:
    """Convert ``[book]`` and ``[[lore]]`` tables to a lorebook. Raises InvalidOption."""
    book, entries = table.get("book", {}), table.get("lore", [])
    if not isinstance(book, dict) or not isinstance(entries, list):
        raise InvalidOption("The file is malformed: write [book] once and [[lore]] for each entry.")
    check_keys(book, BOOK, text)
    return book | {"extensions": {}, "entries": [_entry(entry, text) for entry in entries]}


def check_keys(table: JsonObject, known: Types, text: str) -> None:
    """Raise InvalidOption, with the line, if a key is unknown or its value has the wrong type."""
    for key, value in table.items():
        if key not in known:
            raise InvalidOption("line {line}: {key}: unknown key ({hint})", line=line_of(text, key), key=key,
                                hint=key_hint(key, list(known)))  # fmt: skip
        wanted = known[key]
        fits = isinstance(value, (int, float) if wanted is float else wanted)
        if not fits or (isinstance(value, bool) and wanted is not bool):
            raise InvalidOption("line {line}: {key}: expected {wanted}", line=line_of(text, key), key=key,
                                wanted=WORDS[wanted])  # fmt: skip


def _entry(entry: object, text: str) -> JsonObject:
    """Convert an entry. Fields that V3 lacks go to `extensions`, with SillyTavern's numbers."""
    if not isinstance(entry, dict):
        raise InvalidOption("The file is malformed: write [book] once and [[lore]] for each entry.")
    check_keys(entry, ENTRY | ENTRY_EXTRAS, text)
    extras = {key: value for key, value in entry.items() if key in ENTRY_EXTRAS}
    plain = {key: value for key, value in entry.items() if key in ENTRY}
    for key, ours, names in (("logic", "selectiveLogic", LOGICS), ("role", "role", ROLES)):
        if key in extras:
            extras[ours] = _number_of(key, extras.pop(key), names, text)
    if "position" in plain and (number := _number_of("position", plain["position"], POSITIONS, text)) > 1:
        extras["position"] = number
        plain["position"] = "after_char"
    keys = plain.get("keys")
    if isinstance(keys, list) and any(isinstance(key, str) and key.startswith("/") for key in keys):
        plain["use_regex"] = True
    basics = {"keys": [], "content": "", "enabled": True, "insertion_order": 100}
    return basics | plain | {"extensions": extras}


def _number_of(key: str, value: object, names: tuple[str, ...], text: str) -> int:
    if not isinstance(value, str) or value not in names:
        raise InvalidOption("line {line}: {key}: expected one of {known}", line=line_of(text, key), key=key,
                            known=", ".join(names))  # fmt: skip
    return names.index(value)
