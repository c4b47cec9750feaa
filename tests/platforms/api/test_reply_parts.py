"""Separating reasoning from the answer."""

import pytest
from hypothesis import given
from hypothesis import strategies as some

from bot.platforms.api.reply_parts import ReplyParts


def parts(pieces: list[str], *, thinking: bool) -> tuple[str, str]:
    reply = ReplyParts(thinking=thinking)
    found = [reply.push(piece) for piece in pieces] + [reply.end()]
    return "".join(part.reasoning for part in found), "".join(part.answer for part in found)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (">why\n\nnot</think>\n\n yes \n", ("why\n\nnot", "yes")),
        (">why </thi", ("why </thi", "")),
        ("</think>yes", ("", "yes")),
        (">a</think>b</think>c", ("a", "b</think>c")),
    ],
)
def test_however_it_is_cut(text: str, expected: tuple[str, str]) -> None:
    assert parts([text], thinking=True) == expected
    assert parts(list(text), thinking=True) == expected


@given(some.lists(some.text(alphabet="a \n</think>"), max_size=20))
def test_without_reasoning_only_the_edges_go(pieces: list[str]) -> None:
    assert parts(pieces, thinking=False) == ("", "".join(pieces).strip())
