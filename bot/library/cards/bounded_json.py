"""Parses untrusted JSON within limits of size, depth and number of values."""

import json
import math

from bot.errors import InvalidOption
from bot.library.cards.repairs import Repairs, clean_strings

JsonObject = dict[str, object]

MAX_BYTES = 8_000_000  # bytes
MAX_CONTAINERS = 300_000  # objects and lists; each takes 64 bytes or more, however short its text
MAX_VALUES = 1_000_000
MAX_DEPTH = 64


def parse_json(data: bytes, repairs: Repairs) -> object:
    """Parse a JSON text. Raises InvalidOption if it is invalid, too large or nested too deeply."""
    value = _parsed(data, repairs)
    if isinstance(value, str) and value.lstrip().startswith("{"):
        repairs.note("the JSON stood in a text of JSON")
        value = _parsed(value.encode("utf-8", "replace"), repairs)
    if depth(value) > MAX_DEPTH:
        raise InvalidOption("The card's text is nested too deeply: the limit is {most} levels.", most=MAX_DEPTH)
    return clean_strings(value, repairs)


def _parsed(data: bytes, repairs: Repairs) -> object:
    if len(data) > MAX_BYTES:
        raise InvalidOption(
            "The card's text is {size} MB; the limit is {most} MB.", size=_mb(data), most=_mb(MAX_BYTES)
        )
    if data.count(b"{") + data.count(b"[") > MAX_CONTAINERS or data.count(b",") > MAX_VALUES:
        raise InvalidOption("The card's text contains too many values.")
    try:
        return _loads(_decode(data, repairs), repairs)
    except RecursionError:
        raise InvalidOption(
            "The card's text is nested too deeply: the limit is {most} levels.", most=MAX_DEPTH
        ) from None
    except ValueError as error:
        raise InvalidOption("The card's text is not JSON: {problem}", problem=str(error)[:120]) from None


def json_bytes(value: object, *, indent: int | None = None) -> bytes:
    """Return a value as JSON in UTF-8."""
    return json.dumps(value, ensure_ascii=False, indent=indent, allow_nan=False).encode()


def depth(value: object) -> int:
    """Return the nesting depth of objects and lists. Iterative, so that deep values do not overflow the stack."""
    level, found = [value], 0
    while level := [item for item in level if isinstance(item, (dict, list))]:
        found += 1
        level = [child for item in level for child in (item.values() if isinstance(item, dict) else item)]
    return found


def _decode(data: bytes, repairs: Repairs) -> str:
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return data.decode("utf-16", "replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        repairs.note("bytes that are no UTF-8 were replaced")
        return data.decode("utf-8-sig", "replace")


def _loads(text: str, repairs: Repairs) -> object:
    def no_number(name: str) -> None:
        """Replace NaN and Infinity by null: Python writes them, but other parsers reject them."""
        repairs.note(f"{name} is no number in JSON; it was taken as null")

    def number(digits: str) -> float | None:
        value = float(digits)
        if not math.isfinite(value):
            no_number(digits[:20])
            return None
        return value

    return json.loads(text, strict=False, parse_constant=no_number, parse_float=number)


def _mb(data: bytes | int) -> int:
    return (data if isinstance(data, int) else len(data)) // 1_000_000
