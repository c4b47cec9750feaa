import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.platforms.qq import reply_windows as module
from bot.platforms.qq.reply_windows import (
    GROUP,
    MAX_MESSAGE_LENGTH,
    MAX_PIECES,
    PRIVATE,
    ReplyWindows,
    fitted,
    pieces_of,
)


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_message_is_answered_so_often_and_so_long() -> None:
    clock = Clock()
    windows = ReplyWindows(clock)
    windows.open("g", GROUP)
    windows.open("p", PRIVATE)
    assert [windows.take("g") for _ in range(6)] == [1, 2, 3, 4, 5, None]
    assert windows.left("p") == 4
    clock.now = 3596.0
    assert windows.take("p") is None
    assert windows.take("unknown") is None


def test_the_age_of_a_message_counts() -> None:
    windows = ReplyWindows(Clock())
    windows.open("g", GROUP, age=296.0)
    assert windows.left("g") == 0


def test_an_answer_that_was_refused_may_be_tried_under_a_new_number() -> None:
    windows = ReplyWindows(Clock())
    windows.open("g", GROUP)
    assert windows.take("g") == 1
    windows.give_back("g")
    assert windows.left("g") == 5
    assert windows.take("g") == 2
    windows.close("g")
    assert windows.take("g") is None


def test_a_message_that_comes_twice_keeps_its_count_and_the_table_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_MESSAGES", 10)
    windows = ReplyWindows(Clock())
    windows.open("g", GROUP)
    windows.take("g")
    windows.open("g", GROUP)
    assert windows.left("g") == 4
    for number in range(100):
        windows.open(str(number), GROUP)
    assert windows.left("g") == 0
    assert windows.left("99") == 5


@given(st.lists(st.text("ab \n", min_size=1, max_size=30), max_size=12), st.integers(0, 6), st.integers(20, 60))
def test_pieces_fit_into_what_is_allowed(pieces: list[str], most: int, limit: int) -> None:
    found = fitted(pieces, most, limit)
    assert len(found) <= most
    assert all(len(piece) <= limit for piece in found)


def test_nothing_is_joined_without_need_and_a_cut_shows() -> None:
    assert fitted(["a", "b"], 2, 10) == ["a", "b"]
    assert fitted(["a", "b", "c"], 2, 10) == ["a\nb\nc"]
    assert fitted(["a" * 40], 2, 20)[-1].endswith("…")


def test_a_reply_never_needs_more_answers_than_a_message_allows() -> None:
    assert pieces_of("hello") == ["hello"]
    pieces = pieces_of("word " * 10_000)
    assert len(pieces) == MAX_PIECES
    assert all(len(piece) <= MAX_MESSAGE_LENGTH for piece in pieces)
    assert pieces[-1].endswith("…")
