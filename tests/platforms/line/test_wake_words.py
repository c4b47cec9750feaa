import pytest

from bot.platforms.line.wake_words import wake_pattern


@pytest.mark.parametrize(
    ("text", "called"),
    [
        ("Roost, hi", True),
        ("  ROOST hi", True),
        ("roosting", False),
        ("hi roost", False),
        ("小鸟你好", True),
        ("", False),
    ],
)
def test_words_at_the_beginning_call(text: str, called: bool) -> None:
    pattern = wake_pattern(["roost", "小鸟", " "])
    assert pattern is not None
    assert bool(pattern.search(text)) is called


def test_no_words_call_nobody() -> None:
    assert wake_pattern([]) is None
    assert wake_pattern([" "]) is None


def test_a_word_is_no_pattern() -> None:
    pattern = wake_pattern(["a.b("])
    assert pattern is not None
    assert pattern.search("a.b( hello")
    assert not pattern.search("axb( hello")
