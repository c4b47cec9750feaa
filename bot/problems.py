"""Converts pydantic errors to messages that name the place and the expected value."""

import difflib
import re
from collections.abc import Iterable, Sequence

from pydantic import ValidationError
from pydantic_core import ErrorDetails

EXPECTED = {
    "int_type": "expected an integer",
    "int_from_float": "expected an integer",
    "int_parsing": "expected an integer",
    "float_type": "expected a number",
    "float_parsing": "expected a number",
    "string_type": "expected a text in quotes",
    "bool_type": "expected true or false",
    "bool_parsing": "expected true or false",
    "list_type": "expected a list, like [1, 2]",
    "tuple_type": "expected a list, like [1, 2]",
    "dict_type": "expected a table",
    "model_type": "expected a table, like [section]",
    "missing": "is missing",
    "finite_number": "expected a finite number",
}
LIMITS = {
    "greater_than": "must be greater than {gt}",
    "greater_than_equal": "must be at least {ge}",
    "less_than": "must be less than {lt}",
    "less_than_equal": "must be at most {le}",
    "string_too_short": "needs at least {min_length} characters",
    "string_too_long": "may have at most {max_length} characters",
    "literal_error": "expected {expected}",
}


def describe(error: ErrorDetails, known: Iterable[str] = ()) -> str:
    """Return the message for one error. ``known``: valid names, for suggestions on an unknown key."""
    kind, context = error["type"], error.get("ctx", {})
    if kind == "extra_forbidden":
        hint = key_hint(str(error["loc"][-1]), sorted(known))
        return f"unknown key ({hint})" if hint else "unknown key"
    if kind in EXPECTED:
        return EXPECTED[kind] + found(error)
    if kind == "string_too_short" and context["min_length"] == 1:
        return "must not be empty"
    if kind in LIMITS:
        return LIMITS[kind].format(**context) + found(error)
    return str(error["msg"]).removeprefix("Value error, ")


def key_hint(key: str, known: Sequence[str]) -> str:
    """Return what an unknown key may be meant for; empty if no key is known."""
    near = difflib.get_close_matches(key, known, n=1)
    return f"did you mean {near[0]}?" if near else f"known are: {', '.join(known)}" if known else ""


def found(error: ErrorDetails) -> str:
    """Return the value found, if it is short enough to show."""
    value = error.get("input")
    return f", found {value!r}" if isinstance(value, (str, int, float)) and len(repr(value)) <= 40 else ""


def place(location: Iterable[str | int]) -> str:
    """Format a location: ``("admin_ids", 2)`` as ``admin_ids[2]``."""
    path = ""
    for part in location:
        path += f"[{part}]" if isinstance(part, int) else f".{part}" if path else str(part)
    return path


def line_of(text: str, key: str) -> int:
    """Return the line of a TOML text that sets ``key``, also in an inline table; 1 if none does."""
    match = re.search(rf"(?:^[ \t]*\[*[\w.]*|[{{,][ \t]*)\b{re.escape(key)}\b", text, re.MULTILINE)
    return text.count("\n", 0, match.start()) + 1 if match else 1


def problems(error: ValidationError, text: str, known: Iterable[str]) -> list[str]:
    """Return all problems of a file, like ``line 3: key: expected an integer``."""
    names = list(known)
    lines = []
    for item in error.errors():
        where = [part for part in item["loc"] if part != "function-wrap"]
        key = next((str(part) for part in reversed(where) if isinstance(part, str)), "")
        lines.append(f"line {line_of(text, key)}: {place(where)}: {describe(item, names)}")
    return lines
