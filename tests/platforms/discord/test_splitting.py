"""Splitting long replies: nothing lost, nothing cut that must stay whole."""

import re

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.platforms.discord.splitting import LIMIT, closed, open_fence, split


def test_a_short_text_is_one_piece() -> None:
    assert split("hello") == ["hello"]
    assert split("") == [""]


def test_a_fence_is_closed_and_opened_again_with_its_language() -> None:
    code = "\n".join(f"line {number} = {number * 7}" for number in range(400))
    pieces = split(f"Here:\n```python\n{code}\n```\ndone")
    assert len(pieces) > 2
    for piece in pieces:
        assert len(piece) <= LIMIT
        assert open_fence(piece) is None
    assert all(piece.startswith("```python\n") for piece in pieces[1:])
    lines = [line for piece in pieces for line in piece.splitlines() if line.startswith("line ")]
    assert lines == code.splitlines()


def test_mentions_links_and_joined_characters_stay_whole() -> None:
    for special in ("<@123456789012345678>", "https://example.org/a/b?c=d", "👩‍👩‍👧"):
        text = ("x" * (LIMIT - 10)) + special + "y" * 50
        assert any(special in piece for piece in split(text)), special


def test_a_frame_closes_its_fence() -> None:
    assert closed("a\n```py\nb") == "a\n```py\nb\n```"
    assert closed("plain") == "plain"


@settings(max_examples=150, deadline=None)
@given(st.text(alphabet="ab 。.\n`é漢👩\u200d", max_size=400), st.integers(40, 90))
def test_every_character_arrives_in_order(text: str, limit: int) -> None:
    pieces = split(text, limit)
    assert all(len(piece) <= limit for piece in pieces)
    kept = re.sub(r"[`\s]", "", "".join(pieces))
    assert kept == re.sub(r"[`\s]", "", text)
