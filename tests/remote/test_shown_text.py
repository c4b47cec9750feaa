"""Text already shown is not shown again, and a reply that differs is refused."""

import pytest

from bot.engine.types import Chunk, EngineError, TokenScore
from bot.remote.shown_text import ShownText

SCORES = tuple(TokenScore(token=n, data=b"", logprob=-1.0) for n in range(4))


def texts(shown: ShownText, *chunks: Chunk) -> list[str]:
    return [found.text for chunk in chunks if (found := shown.new(chunk)) is not None]


def test_the_first_run_passes() -> None:
    shown = ShownText()
    assert not shown.begun
    assert texts(shown, Chunk(text="one "), Chunk(text=""), Chunk(text="two", finish_reason="stop")) == [
        "one ", "", "two",
    ]  # fmt: skip
    assert shown.begun


@pytest.mark.parametrize("cut", [1, 3, 7, 20])
def test_the_second_run_goes_on_where_the_first_broke_off_however_it_is_cut(cut: int) -> None:
    whole = "one two three four."
    shown = ShownText()
    begun = texts(shown, Chunk(text="one tw"), Chunk(text="o th"), Chunk(text="other", index=1))
    shown.run_again()
    pieces = [whole[start : start + cut] for start in range(0, len(whole), cut)]
    again = texts(shown, *(Chunk(text=piece) for piece in pieces), Chunk(text="", finish_reason="stop"))
    assert "".join(begun[:2] + again) == whole
    assert texts(shown, Chunk(text="other one", index=1, finish_reason="stop")) == [" one"]


def test_a_candidate_that_has_ended_is_not_told_again() -> None:
    shown = ShownText()
    texts(shown, Chunk(text="done", finish_reason="stop"))
    shown.run_again()
    assert texts(shown, Chunk(text="do"), Chunk(text="ne", finish_reason="stop")) == []


def test_scores_come_once() -> None:
    shown = ShownText()
    shown.new(Chunk(text="a b", scores=SCORES[:2]))
    shown.run_again()
    found = [shown.new(Chunk(text="a", scores=SCORES[:1])), shown.new(Chunk(text=" b c d", scores=SCORES[1:]))]
    assert [chunk.scores for chunk in found if chunk is not None] == [SCORES[2:]]


@pytest.mark.parametrize("chunk", [Chunk(text="other"), Chunk(text="on", finish_reason="stop")])
def test_another_reply_is_refused(chunk: Chunk) -> None:
    shown = ShownText()
    shown.new(Chunk(text="one"))
    shown.run_again()
    with pytest.raises(EngineError, match="differently"):
        shown.new(chunk)
