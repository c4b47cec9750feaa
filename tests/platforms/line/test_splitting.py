"""Splitting long replies: it terminates, loses nothing, and never cuts what must stay whole."""

import math
import re

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from wcwidth import iter_graphemes

from bot.platforms.line.splitting import LIMIT, backticked, closed, open_fence, split
from tests.timing import thread_seconds

CODE = "\n".join(f"line {number} = {number * 7}" for number in range(400))


def test_a_short_text_is_one_piece() -> None:
    assert split("hello") == ["hello"]
    assert split("") == [""]


@pytest.mark.parametrize(
    "text", ["```" + "a" * 1998, "```" + "漢" * 9000, "hi\n```" + "a" * 2500, "`" * 9000, "~" * 9000]
)
def test_a_block_without_a_line_break_comes_in_as_many_pieces_as_it_needs(text: str) -> None:
    pieces = split(text)
    assert all(len(piece) <= LIMIT for piece in pieces)
    assert len(pieces) <= math.ceil(len(text) / (LIMIT - 20))
    assert re.sub(r"[`\s]", "", "".join(pieces)) == re.sub(r"[`\s]", "", text)


@pytest.mark.parametrize(
    ("head", "again"),
    [
        ("```python", "```python"), ("```c#", "```c#"), ("```.env", "```.env"), ("~~~py", "~~~py"),
        ('```python title="a.py"', '```python title="a.py"'), ("   ```py", "```py"), ("````md", "````md"),
    ],
)  # fmt: skip
def test_a_fence_is_closed_and_opened_again_with_its_language(head: str, again: str) -> None:
    end = re.sub(r"[^`~]", "", head)
    pieces = split(f"Here:\n{head}\n{CODE}\n{end}\ndone")
    assert len(pieces) > 2
    for piece in pieces:
        assert len(piece) <= LIMIT
        assert open_fence(piece) is None
    assert all(piece.startswith(f"{again}\n") for piece in pieces[1:])
    lines = [line for piece in pieces for line in piece.splitlines() if line.startswith("line ")]
    assert lines == CODE.splitlines()


def test_no_empty_block_stands_where_a_block_ends_or_begins_at_the_cut() -> None:
    text = "word " * 398 + "\n```py\n" + "x = 1\n" * 300 + "```\n" + "end " * 400
    for piece in split(text):
        assert not re.search(r"```\w*\s*```", piece), piece


@pytest.mark.parametrize(
    "special", ["<@123456789012345678>", "https://example.org/a/b?c=d", "👩‍👩‍👧", "🇩🇪🇫🇷", "각", "é", "👍🏽", "❤️"]
)
def test_mentions_links_and_characters_stay_whole(special: str) -> None:
    for before in range(LIMIT - 30, LIMIT):
        pieces = split("x" * before + special + "y" * 50)
        kept = list(iter_graphemes(special)) if not special.isascii() else [special]
        assert [each for piece in pieces for each in kept if each in piece] == kept, before


def test_a_frame_closes_its_fence() -> None:
    assert closed("a\n```py\nb") == "a\n```py\nb\n```"
    assert closed("a\n~~~py\nb") == "a\n~~~py\nb\n~~~"
    assert closed("plain") == "plain"
    assert closed("```one line```") == "```one line```"


def test_blocks_fenced_by_tildes_become_what_discord_knows() -> None:
    assert backticked("a\n~~~py\nb\n~~~\nc ~~~ d") == "a\n```py\nb\n```\nc ~~~ d"
    assert backticked("```md\n~~~\n```") == "```md\n~~~\n```"


def test_a_long_text_takes_little_time() -> None:
    assert thread_seconds(lambda: split("```py\n" + "漢🇩🇪" * 100_000)) < 10


@settings(max_examples=300, deadline=None)
@given(st.text(alphabet="ab 。.\n`~é漢👩\u200d🇩🇪\u0301", max_size=600), st.integers(40, 90))
@example("\n" * 300, 40)
@example("a" + "\u0301" * 300, 40)
@example("```" + "a" * 300, 40)
@example("```" + "`" * 300, 40)
@example("```" + "b" * 39 + "\n" + "a" * 300, 60)
def test_it_always_ends_and_every_character_arrives_in_order(text: str, limit: int) -> None:
    pieces = split(text, limit)
    assert all(len(piece) <= limit for piece in pieces)
    assert len(pieces) <= math.ceil(len(text) / ((limit - limit // 3 - 9) // 2)) + 1
    assert re.sub(r"[`~ab\s]", "", "".join(pieces)) == re.sub(r"[`~ab\s]", "", text)
    assert re.sub(r"[`~\s]", "", "".join(pieces)).startswith(re.sub(r"[`~\s]", "", text)[:20])
