"""Words at the beginning of a message that call the bot."""

import re
from collections.abc import Iterable


def wake_pattern(words: Iterable[str]) -> re.Pattern[str] | None:
    """What a message that begins with one of ``words`` matches, whatever their case; None for no words."""
    found = "|".join(_whole_word(word) for word in words if word.strip())
    return re.compile(rf"^\W*(?:{found})", re.IGNORECASE) if found else None


def _whole_word(word: str) -> str:
    """A pattern for it: not the beginning of a longer word, in scripts that put spaces between words."""
    word = word.strip()
    return re.escape(word) + (r"\b" if word[-1].isascii() and word[-1].isalnum() else "")
