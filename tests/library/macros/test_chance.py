"""Lists, fixed choices and dice."""

from collections import Counter
from random import Random

import pytest

from bot.library.macros.chance import choices, picked, rolled


@pytest.mark.parametrize(
    ("text", "wanted"),
    [("a,b", ["a", "b"]), ("a, b ,c", ["a", "b", "c"]), ("a::b", ["a", "b"]), ("a, b::c", ["a, b", "c"]),
     (r"a\,b,c", ["a,b", "c"]), ("a", ["a"]), ("a,", ["a", ""])],
)  # fmt: skip
def test_choices(text: str, wanted: list[str]) -> None:
    assert choices(text) == wanted


def test_a_pick_is_fixed_for_chat_text_and_place() -> None:
    items = [str(n) for n in range(100)]
    first = picked(items, "chat", "text", 1)
    assert first == picked(items, "chat", "text", 1)
    others = {picked(items, seed, text, place) for seed in "ab" for text in "xy" for place in range(9)}
    assert len(others) > 20


@pytest.mark.parametrize(
    ("text", "least", "most"),
    [("d6", 1, 6), ("1d6", 1, 6), ("6", 1, 6), ("3d6+4", 7, 22), ("2d4-1", 1, 7), ("d1", 1, 1), (" 2D6 ", 2, 12)],
)
def test_dice(text: str, least: int, most: int) -> None:
    results = Counter(int(str(rolled(text, Random(seed)))) for seed in range(1_000))
    assert (min(results), max(results)) == (least, most)


@pytest.mark.parametrize("text", ["", "x", "0", "0d6", "d0", "101d6", "d100001", "9999999999d6", "d6+", "-1"])
def test_what_is_no_die(text: str) -> None:
    assert rolled(text, Random(0)) is None


def test_a_bonus_after_any_white_space() -> None:
    assert [rolled(text, Random(0)) for text in ("1d1 +\t5", "1d1-\n1", "1d1+\u20035", "1d1+ ５")] == [
        "6",
        "0",
        "6",
        "6",
    ]
