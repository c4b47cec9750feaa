"""Patterns match in linear time."""

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.library.lore.lore_patterns import is_pattern, key_pattern


@pytest.mark.parametrize(
    ("key", "text", "found"),
    [
        ("/dra(g|k)on/", "a drakon", 1),
        ("/dragon/", "a Dragon", 0),
        ("/dragon/i", "a Dragon", 1),
        ("/^Mira: /m", "Ann: x\nMira: y", 1),
        ("/a.b/s", "a\nb", 1),
        (r"/\u9f8d/", "龍", 1),
        (r"/\u{1F409}/u", "🐉", 1),
        (r"/and\/or/", "and/or", 1),
        (r"/\bai\b/i", "ain't", 0),
    ],
)
def test_a_pattern_is_searched(key: str, text: str, found: int) -> None:
    assert is_pattern(key)
    assert key_pattern(key).count(text) == found


@pytest.mark.parametrize("key", ["and/or", "/", "//", "/x/abc", "dragon", "/usr/bin/"])
def test_other_keys_are_no_patterns(key: str) -> None:
    assert not is_pattern(key)


@pytest.mark.parametrize("key", [r"/(a)\1/", "/(?=a)/", "/[/", "/(a{1000}){1000}/", "/" + "a" * 501 + "/", "/*/"])
def test_what_cannot_be_searched_in_linear_time_matches_nothing_and_says_why(key: str) -> None:
    pattern = key_pattern(key)
    assert pattern.problem
    assert pattern.count("a" * 100) == 0


@pytest.mark.parametrize("source", ["(a+)+$", "(a|a)*b", "(.*)*x", "(a|aa)+$", "^(([a-z])+.)+[A-Z]([a-z])+$"])
def test_a_pattern_made_to_hang_does_not(source: str) -> None:
    started = time.process_time()
    key_pattern(f"/{source}/").count("a" * 200_000 + "!")
    assert time.process_time() - started < 30  # Python's own engine would take longer than the age of the universe


@given(st.from_regex(r"[a-c.|*+?()^$]{1,8}", fullmatch=True), st.text("abc", max_size=12))
def test_plain_patterns_mean_what_they_mean_elsewhere(source: str, text: str) -> None:
    pattern = key_pattern(f"/{source}/")
    try:
        wanted = re.compile(source)
    except re.error:
        return
    if pattern.compiled is not None:
        assert pattern.count(text) == bool(wanted.search(text))
