"""Wake words: words at the beginning of a message that address the bot."""

import re
from collections.abc import Iterable


def wake_pattern(words: Iterable[str]) -> re.Pattern[str] | None:
    """Return a case-insensitive pattern for messages that begin with one of ``words``; None if there are none."""
    found = "|".join(_whole_word(word) for word in words if word.strip())
    return re.compile(rf"^\W*(?:{found})", re.IGNORECASE) if found else None


def _whole_word(word: str) -> str:
    """Match the word only as a whole, in scripts that separate words by spaces."""
    word = word.strip()
    return re.escape(word) + (r"\b" if word[-1].isascii() and word[-1].isalnum() else "")
