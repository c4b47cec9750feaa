"""Matches an entry's keys against a text: plain keys, whole words, patterns, and primary with secondary keys."""

import unicodedata
from collections.abc import Callable, Iterable

from bot.library.lore.lore_entry import LoreEntry
from bot.library.lore.lore_patterns import is_pattern, key_pattern

# Scripts without spaces between words: word boundaries are unknown, so a substring match is enough.
UNSPACED = ("CJK", "HIRAGANA", "KATAKANA", "THAI", "LAO", "KHMER", "MYANMAR", "TIBETAN", "IDEOGRAPHIC", "BOPOMOFO")


class ScanText:
    """A text and its case-folded form, cached for many searches. Nothing is found in it once ``is_over`` is true."""

    def __init__(self, text: str, is_over: Callable[[], bool] = lambda: False) -> None:
        self.text = text
        self.is_over = is_over
        self.folded = text.casefold()


def found_keys(keys: Iterable[str], entry: LoreEntry, text: ScanText) -> list[str]:
    """Return those of an entry's keys that occur in the text."""
    return [key for key in keys if not text.is_over() and has_key(key, entry, text)]


def has_key(key: str, entry: LoreEntry, text: ScanText) -> bool:
    """Return whether a key occurs in the text."""
    if entry.bare_patterns or is_pattern(key):
        return key_pattern(key, case_sensitive=entry.case_sensitive).count(text.text) > 0
    key = key.strip()
    if not key:
        return False
    wanted, where = (key, text.text) if entry.case_sensitive else (key.casefold(), text.folded)
    return has_word(wanted, where) if entry.whole_words else wanted in where


def has_word(word: str, text: str) -> bool:
    """Return whether a word occurs in a text other than as part of a longer one."""
    place = text.find(word)
    while place >= 0:
        end = place + len(word)
        before, after = text[place - 1 : place], text[end : end + 1]
        if not (_joined(before, word[0]) or _joined(word[-1], after)):
            return True
        place = text.find(word, place + 1)
    return False


def secondary_allows(entry: LoreEntry, text: ScanText) -> bool:
    """Return whether the secondary keys allow an entry to fire whose primary key was found."""
    if not entry.secondary_keys:
        return True
    count = len(found_keys(entry.secondary_keys, entry, text))
    if entry.logic == "and_any":
        return count > 0
    if entry.logic == "and_all":
        return count == len(entry.secondary_keys)
    return count == 0 if entry.logic == "not_any" else count < len(entry.secondary_keys)


def score(entry: LoreEntry, text: ScanText) -> int:
    """Return the number of matching keys, including secondary ones where these are required, to rank group members."""
    primary = len(found_keys(entry.keys, entry, text))
    if not primary or not entry.secondary_keys or entry.logic in ("not_all", "not_any"):
        return primary
    secondary = len(found_keys(entry.secondary_keys, entry, text))
    return primary + secondary if entry.logic == "and_any" or secondary == len(entry.secondary_keys) else primary


def _joined(left: str, right: str) -> bool:
    return _in_word(left) and _in_word(right)


def _in_word(char: str) -> bool:
    if not char or not (char.isalnum() or char == "_" or unicodedata.category(char).startswith("M")):
        return False
    return char.isascii() or not unicodedata.name(char, "").startswith(UNSPACED)
