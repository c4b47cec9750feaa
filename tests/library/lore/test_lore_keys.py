"""Keys: substrings, whole words in scripts with and without spaces, two lists of keys."""

from itertools import product

import pytest

from bot.library.lore.lore_entry import Logic, LoreEntry
from bot.library.lore.lore_keys import ScanText, found_keys, has_word, score, secondary_allows


def found(text: str, *keys: str, **fields: bool) -> list[str]:
    return found_keys(keys, LoreEntry(id="1", **fields), ScanText(text))  # type: ignore[arg-type]


def test_plain_keys_are_substrings_of_any_case() -> None:
    assert found("The DRAGONS sleep", "dragon", "sea", "Sleep") == ["dragon", "Sleep"]
    assert found("The DRAGONS sleep", "dragon", "Sleep", "sleep", case_sensitive=True) == ["sleep"]
    assert found("straße", "STRASSE") == ["STRASSE"]
    assert found("anything", "", " ") == []


@pytest.mark.parametrize(
    ("word", "text", "wanted"),
    [
        ("ai", "ain't it", False),
        ("ai", "the ai.", True),
        ("ai", "said ai", True),
        ("#x", "a #x b", True),
        ("#x", "a#x", True),
        ("#x", "#xy", False),
        ("big sea", "a big sea!", True),
        ("big sea", "a big seal", False),
        ("龍", "古龍之歌", True),
        ("灯台", "北の灯台で", True),
        ("กา", "มากาแฟ", True),
        ("sea", "海sea海", True),
        ("дом", "домой", False),
        ("дом", "мой дом", True),
        ("a_b", "a_bc", False),
        ("ai", "ai ain't", True),
        ("ai", "ain't ai", True),
    ],
)
def test_whole_words(word: str, text: str, wanted: bool) -> None:
    assert has_word(word, text) is wanted


def reference(logic: Logic, secondary: list[bool]) -> bool:
    """SillyTavern's four rules, written out."""
    if logic == "and_any":
        return True in secondary
    if logic == "and_all":
        return False not in secondary
    if logic == "not_any":
        return True not in secondary
    return False in secondary


@pytest.mark.parametrize("logic", ["and_any", "not_all", "not_any", "and_all"])
def test_secondary_keys_as_the_reference_says(logic: Logic) -> None:
    for there in product([False, True], repeat=3):
        keys = ("one", "two", "three")
        text = ScanText(" ".join(key for key, is_there in zip(keys, there, strict=True) if is_there))
        entry = LoreEntry(id="1", keys=("x",), secondary_keys=keys, logic=logic)
        assert secondary_allows(entry, text) is reference(logic, list(there))
    assert secondary_allows(LoreEntry(id="1", logic=logic), ScanText("")), "no secondary keys, no rule"


def test_patterns_among_keys() -> None:
    assert found("a drakon", "/dra(g|k)on/", "dra(g|k)on") == ["/dra(g|k)on/"]
    assert found("a Drakon", "dra(g|k)on", bare_patterns=True) == ["dra(g|k)on"]
    assert found("a Drakon", "dra(g|k)on", bare_patterns=True, case_sensitive=True) == []


@pytest.mark.parametrize(
    ("logic", "text", "wanted"),
    [("and_any", "a b x", 3), ("and_any", "a b", 2), ("and_all", "a x", 1), ("and_all", "a x y", 3),
     ("not_any", "a", 1), ("and_any", "x y", 0)],
)  # fmt: skip
def test_scores(logic: Logic, text: str, wanted: int) -> None:
    entry = LoreEntry(id="1", keys=("a", "b"), secondary_keys=("x", "y"), logic=logic)
    assert score(entry, ScanText(text)) == wanted


def test_nothing_is_found_once_the_time_is_over() -> None:
    text = ScanText("the sea", lambda: True)
    assert found_keys(["sea"], LoreEntry(id="1"), text) == []
