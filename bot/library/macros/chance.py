"""Random macros: {{random}}, {{pick}} (fixed for a chat and position) and {{roll}}."""

import re
from hashlib import sha256
from random import Random

DICE = re.compile(r"(\d{0,3})d(\d{1,6})\s*([+-]\s*\d{1,6})?", re.IGNORECASE)
MAX_DICE = 100
MAX_SIDES = 100_000
COMMA = re.compile(r"(?<!\\),")


def choices(text: str) -> list[str]:
    """Split a list ``a,b`` or ``a::b``. A comma after a backslash is part of its item."""
    if "::" in text:
        return [item.strip() for item in text.split("::")]
    return [item.strip().replace("\\,", ",") for item in COMMA.split(text)]


def picked(items: list[str], seed: str, text: str, place: int) -> str:
    """Pick an item that is always the same for the same seed, text and position."""
    digest = sha256(f"{seed}\0{place}\0{text}".encode("utf-8", "replace")).digest()
    return items[int.from_bytes(digest[:8], "big") % len(items)]


def rolled(text: str, random: Random) -> str | None:
    """Roll dice such as ``d6``, ``3d6+4`` or ``20`` and return the sum; None if the text is not a roll."""
    text = text.strip()
    if text.isdecimal():
        text = f"1d{text[:7]}"
    match = DICE.fullmatch(text)
    if match is None:
        return None
    count, sides = int(match[1] or 1), int(match[2])
    if not (1 <= count <= MAX_DICE and 1 <= sides <= MAX_SIDES):
        return None
    bonus = int("".join((match[3] or "0").split()))
    return str(sum(random.randint(1, sides) for _ in range(count)) + bonus)
