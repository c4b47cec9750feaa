"""Growing text is wrapped at words, however it arrives."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prompt_toolkit.utils import get_cwidth

from bot.platforms.console.word_wrap import WordWrap


def wrapped(pieces: list[str], columns: int, before: str = "") -> str:
    wrap = WordWrap(columns)
    wrap.add(before)
    return "".join(map(wrap.add, pieces)) + wrap.end()


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("the owl sat in a tree", "the owl \nsat in a \ntree"),
        ("owls", "owls"),
        ("a tremendously long word", "a tremendously long \nword"),
        ("the owl sat.\nIt sang.", "the owl \nsat.\nIt sang."),
        ("0123456789 x", "0123456789\nx"),
        ("你好你好你好", "你好你好你\n好"),
    ],
)
def test_lines_break_at_words(text: str, shown: str) -> None:
    assert wrapped([text], 10) == shown
    assert wrapped(list(text), 10) == shown, "letter by letter it is the same"


def test_what_stands_before_counts() -> None:
    wrap = WordWrap(12)
    wrap.add("Roost: ")
    assert wrap.add("hello you ") == "hello\nyou "


@given(st.text(st.sampled_from("ab \n你🦉"), max_size=60), st.integers(4, 12))
def test_nothing_is_lost_and_no_line_is_too_long(text: str, columns: int) -> None:
    shown = wrapped(list(text), columns)
    assert "".join(shown.split()) == "".join(text.split())
    for line in shown.split("\n"):
        longest = max(map(get_cwidth, line.split()), default=0)
        assert get_cwidth(line.rstrip(" ")) <= columns or longest > columns
