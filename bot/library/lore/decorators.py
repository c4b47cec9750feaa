"""V3 decorators: leading ``@@name value`` lines of an entry; ``@@@`` marks a fallback for an unknown one above it."""

from dataclasses import dataclass, field, replace

from bot.library.lore.lore_entry import LoreEntry, Position, Role

NUMBERS = {"activate_only_after": "after_replies", "activate_only_every": "every_replies", "is_greeting": "greeting",
           "reverse_depth": "reverse_depth"}  # fmt: skip
FLAGS = {"keep_activate_after_match": "keep_after_match", "dont_activate_after_match": "stop_after_match",
         "activate": "always", "dont_activate": "never", "ignore_on_max_context": "dropped_first"}  # fmt: skip
ENTRY_NUMBERS = {"depth": "depth", "scan_depth": "scan_depth"}
POSITIONS: dict[str, Position] = {"after_desc": "after_desc", "before_desc": "before_desc",
                                  "personality": "personality", "scenario": "scenario"}  # fmt: skip
ROLES: dict[str, Role] = {"system": "system", "user": "user", "assistant": "assistant"}
MAX_NUMBER = 1_000_000


@dataclass(slots=True)
class _Decorators:
    conditions: dict[str, object] = field(default_factory=dict)
    entry: dict[str, object] = field(default_factory=dict)
    additional: list[tuple[str, ...]] = field(default_factory=list)
    excluded: list[str] = field(default_factory=list)
    disabled: list[str] = field(default_factory=list)


def split_decorators(content: str) -> tuple[list[tuple[str, str, bool]], str]:
    """Split the leading lines into (name, value, is a fallback), and return them with the remaining text."""
    found: list[tuple[str, str, bool]] = []
    lines = content.split("\n")
    place = 0
    for line in lines:
        stripped = line.strip()
        if not stripped.startswith("@@") and stripped:
            break
        if stripped:
            name, _, value = stripped.lstrip("@").partition(" ")
            found.append((name.strip().lower(), value.strip(), stripped.startswith("@@@")))
        place += 1
    return (found, "\n".join(lines[place:])) if found else ([], content)


def decorate(entry: LoreEntry) -> LoreEntry:
    """Apply an entry's leading decorators and remove them from its text."""
    lines, content = split_decorators(entry.content)
    if not lines:
        return entry
    found = _Decorators()
    known = True  # whether the previous decorator, or one of its fallbacks, was recognised
    for name, value, fallback in lines:
        if fallback and known:
            continue
        known = _take(name, value, found)
    position = found.entry.get("position")
    if position is None and ("depth" in found.entry or "reverse_depth" in found.conditions):
        found.entry["position"] = "depth"
    if found.conditions.get("always"):
        found.conditions["never"] = False
    conditions = replace(
        entry.conditions, additional_keys=tuple(found.additional), exclude_keys=tuple(found.excluded),
        disabled_prompts=tuple(found.disabled), **found.conditions,  # type: ignore[arg-type]  # keys come from the tables above
    )  # fmt: skip
    return replace(entry, content=content, conditions=conditions, **found.entry)  # type: ignore[arg-type]  # as above


def _take(name: str, value: str, found: _Decorators) -> bool:
    """Apply a decorator. Returns whether it was recognised."""
    if name in FLAGS:
        found.conditions[FLAGS[name]] = True
    elif name in NUMBERS or name in ENTRY_NUMBERS:
        number = _number(value)
        if number is None:
            return False
        target = found.conditions if name in NUMBERS else found.entry
        target[(NUMBERS | ENTRY_NUMBERS)[name]] = number
    elif name == "role" and value.lower() in ROLES:
        found.entry["role"] = ROLES[value.lower()]
    elif name == "position" and value.lower() in POSITIONS:
        found.entry["position"] = POSITIONS[value.lower()]
    elif name == "additional_keys" and (keys := _keys(value)):
        found.additional.append(keys)
    elif name == "exclude_keys":
        found.excluded.extend(_keys(value))
    elif name == "disable_ui_prompt" and value in ("post_history_instructions", "system_prompt"):
        found.disabled.append(value)
    else:
        return False
    return True


def _keys(value: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in value.split(",") if part.strip())


def _number(value: str) -> int | None:
    try:
        return max(0, min(int(value[:12]), MAX_NUMBER))
    except ValueError:
        return None
