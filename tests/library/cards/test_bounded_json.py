"""JSON within bounds."""

from bot.library.cards import bounded_json
from bot.library.cards.card_reader import read_card


def test_numbers_that_json_has_not_are_nothing() -> None:
    card = read_card(b'{"name": "x", "description": "y", "a": NaN, "b": 1e999, "c": -Infinity}')
    assert card.root == {"a": None, "b": None, "c": None}


def test_depth_needs_no_stack() -> None:
    value: object = 1
    for _ in range(50_000):
        value = [value]
    assert bounded_json.depth(value) == 50_000
    while isinstance(value, list):  # taken apart from outside: the interpreter's own deallocation is recursive
        value = value.pop()
