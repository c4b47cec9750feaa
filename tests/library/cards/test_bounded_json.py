"""JSON within bounds."""

import json
from base64 import b64encode

import pytest

from bot.errors import InvalidOption
from bot.library.cards import bounded_json
from bot.library.cards.card_reader import read_card
from tests.library.cards.card_builder import png, text


def test_numbers_that_json_has_not_are_nothing() -> None:
    card = read_card(b'{"name": "x", "description": "y", "a": NaN, "b": 1e999, "c": -Infinity}')
    assert card.root == {"a": None, "b": None, "c": None}
    assert card.repairs[:2] == ("NaN is no number in JSON; it was taken as null",
                                "1e999 is no number in JSON; it was taken as null")  # fmt: skip


def test_a_card_that_was_written_as_a_text_once_more() -> None:
    inner = json.dumps({"name": "x", "description": "y"})
    card = read_card(packed_in_png(json.dumps(inner).encode()))
    assert (card.name, card.repairs) == ("x", ("the JSON stood in a text of JSON",))
    with pytest.raises(InvalidOption, match="expected an object"):
        read_card(packed_in_png(json.dumps(json.dumps(inner)).encode()))
    hidden = '"{' + "\\u007b" * (bounded_json.MAX_CONTAINERS + 1) + '"'  # braces inside the inner text only
    with pytest.raises(InvalidOption, match="too many values"):
        read_card(packed_in_png(hidden.encode()))


def packed_in_png(data: bytes) -> bytes:
    return png(text("chara", b64encode(data)))


def test_depth_needs_no_stack() -> None:
    value: object = 1
    for _ in range(50_000):
        value = [value]
    assert bounded_json.depth(value) == 50_000
    while isinstance(value, list):  # dismantled from the outside, because the interpreter deallocates recursively
        value = value.pop()
