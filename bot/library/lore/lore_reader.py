"""Builds lorebook values from a repaired `character_book`: V2 and V3 fields, and SillyTavern's `extensions`."""

from dataclasses import replace
from typing import get_args

from bot.library.cards.bounded_json import JsonObject
from bot.library.cards.card import object_of, text_of, texts_of
from bot.library.lore.decorators import ROLES, decorate
from bot.library.lore.lore_entry import Logic, Lorebook, LoreEntry, Position, Role

LOGICS: tuple[Logic, ...] = ("and_any", "not_all", "not_any", "and_all")  # indexed by SillyTavern's numbers
POSITIONS: tuple[Position, ...] = get_args(Position)  # the first eight are indexed by SillyTavern's numbers
ROLE_NUMBERS: tuple[Role, ...] = ("system", "user", "assistant")
MAX_MESSAGES = 1_000  # limit for depths and timings
MAX_GROUPS = 32  # per entry
# SillyTavern writes use_regex: true for every entry. Its exports are recognised by these names.
SILLY_TAVERN = {"selectiveLogic", "exclude_recursion", "prevent_recursion", "display_index", "useProbability"}


def read_lorebook(book: JsonObject) -> Lorebook:
    """Build a lorebook from the result of `repair_book` or `book_of_file`."""
    entries = book.get("entries")
    found: dict[str, LoreEntry] = {}
    for place, item in enumerate(entries if isinstance(entries, list) else ()):
        if isinstance(item, dict):
            entry = decorate(_entry(item, place))
            if entry.id in found:
                entry = replace(entry, id=f"{entry.id}#{place}")
            found[entry.id] = entry
    recursive = book.get("recursive_scanning")
    return Lorebook(
        name=text_of(book, "name"),
        description=text_of(book, "description"),
        entries=tuple(found.values()),
        scan_depth=_optional(book.get("scan_depth")),
        token_budget=_budget(book.get("token_budget")),
        recursive=recursive if isinstance(recursive, bool) else None,
    )


def _entry(item: JsonObject, place: int) -> LoreEntry:
    extra = object_of(item, "extensions")
    secondary = _keys(item, "secondary_keys")
    number = item.get("id", item.get("uid"))
    return LoreEntry(
        id=str(number)[:80] if isinstance(number, (int, str)) and number != "" else f"at {place}",
        name=text_of(item, "name") or text_of(item, "comment"),
        keys=_keys(item, "keys"),
        secondary_keys=secondary if item.get("selective", bool(secondary)) else (),
        logic=_logic(extra),
        content=text_of(item, "content"),
        enabled=_flag(item.get("enabled"), default=True),
        constant=_flag(item.get("constant")),
        order=_number(item.get("insertion_order"), 100),
        priority=_optional(item.get("priority"), least=-(10**9), most=10**9),
        position=_position(item, extra),
        depth=_number(extra.get("depth"), 4, most=MAX_MESSAGES),
        role=_role(extra.get("role")),
        outlet=text_of(extra, "outlet_name"),
        probability=_probability(extra),
        **_matching(item, extra),  # type: ignore[arg-type]  # typed as declared there
        **_timing(extra),  # type: ignore[arg-type]  # as above
    )


def _matching(item: JsonObject, extra: JsonObject) -> dict[str, object]:
    case = extra.get("case_sensitive")
    return {
        "case_sensitive": _flag(item.get("case_sensitive") if case is None else case),
        "whole_words": _flag(extra.get("match_whole_words")),
        "bare_patterns": _flag(item.get("use_regex")) and not (SILLY_TAVERN & extra.keys() or _has_written(item)),
        "scan_depth": _optional(extra.get("scan_depth"), most=MAX_MESSAGES),
        "exclude_recursion": _flag(extra.get("exclude_recursion")),
        "prevent_recursion": _flag(extra.get("prevent_recursion")),
        "recursion_level": _number(extra.get("delay_until_recursion"), 0, most=10),
        "ignore_budget": _flag(extra.get("ignore_budget")),
    }


def _timing(extra: JsonObject) -> dict[str, object]:
    groups = text_of(extra, "group").split(",")
    return {
        "sticky": _number(extra.get("sticky"), 0, most=MAX_MESSAGES),
        "cooldown": _number(extra.get("cooldown"), 0, most=MAX_MESSAGES),
        "delay": _number(extra.get("delay"), 0, most=MAX_MESSAGES),
        "groups": tuple(dict.fromkeys(name.strip() for name in groups if name.strip()))[:MAX_GROUPS],
        "group_override": _flag(extra.get("group_override")),
        "group_weight": _number(extra.get("group_weight"), 100, most=10_000),
        "group_scoring": _flag(extra.get("use_group_scoring")),
    }


def _has_written(item: JsonObject) -> bool:
    """Return whether any key is written as a pattern, so that the others are meant to be plain."""
    return any(key.strip().startswith("/") for key in texts_of(item, "keys"))


def _keys(item: JsonObject, name: str) -> tuple[str, ...]:
    """Return the keys, without empty ones, which would match everything."""
    return tuple(key for key in texts_of(item, name) if key.strip())


def _logic(extra: JsonObject) -> Logic:
    named = text_of(extra, "logic")
    found = [logic for logic in LOGICS if logic == named]
    return found[0] if found else LOGICS[_number(extra.get("selectiveLogic"), 0, most=3)]


def _position(item: JsonObject, extra: JsonObject) -> Position:
    number = extra.get("position")
    if isinstance(number, (int, float)) and not isinstance(number, bool) and 0 <= number <= 7:
        return POSITIONS[int(number)]
    named = [position for position in POSITIONS if position == item.get("position")]
    return named[0] if named else "after_char"


def _role(value: object) -> Role:
    if isinstance(value, str):
        return ROLES.get(value.lower(), "system")
    return ROLE_NUMBERS[_number(value, 0, most=2)]


def _probability(extra: JsonObject) -> float:
    if not _flag(extra.get("useProbability"), default=True):
        return 100.0
    value = extra.get("probability")
    return min(max(float(value), 0.0), 100.0) if isinstance(value, (int, float)) else 100.0


def _budget(value: object) -> int | None:
    number = _optional(value, most=10**9)
    return number or None


def _optional(value: object, *, least: int = 0, most: int = MAX_MESSAGES) -> int | None:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    return int(min(max(value, least), most))


def _number(value: object, default: int, *, most: int = 10**9) -> int:
    """Return an integer within limits. True counts as 1, as in SillyTavern's older flags."""
    if isinstance(value, str):
        value = _whole(value)
    return int(min(max(value, 0 if most < 10**9 else -most), most)) if isinstance(value, (int, float)) else default


def _whole(text: str) -> int | None:
    try:
        return int(text.strip()[:12])
    except ValueError:
        return None


def _flag(value: object, *, default: bool = False) -> bool:
    if isinstance(value, str):
        return value.strip().lower() in ("true", "1", "yes", "on")
    return bool(value) if isinstance(value, (bool, int, float)) else default
