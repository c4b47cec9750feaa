"""Repair messages."""

import json

from bot.library.cards.card_reader import read_card
from bot.library.cards.repairs import Repairs, clean_strings
from tests.library.cards.card_builder import v2


def test_a_thousand_same_faults_are_one_line_each() -> None:
    data = {"name": "x", "description": "y"}
    entry_list = [{"keys": [], "content": "", "extensions": {}, f"{key}": "z"} for key in ("enabled", "constant")] * 500
    card = read_card(json.dumps(v2(data | {"character_book": {"entries": entry_list}})).encode())
    assert len(card.repairs) == 2, "each line once"


def test_lines_are_bounded_and_plain() -> None:
    repairs = Repairs()
    repairs.extend(f"fault {place}\n\x00" + "x" * 500 for place in range(100))
    assert len(repairs.lines) == 41
    assert repairs.lines[-1] == "and 60 more"
    assert all(len(line) <= 200 and line.isprintable() for line in repairs.lines)


def test_strings_are_cleaned_everywhere() -> None:
    repairs = Repairs()
    value = {"a\x00": ["x\x1b", {"k": "\ud800y"}], "n": 1, "keep": "tab\tbreak\r\nemoji 👩‍💻"}
    assert clean_strings(value, repairs) == {"a": ["x", {"k": "y"}], "n": 1, "keep": "tab\tbreak\r\nemoji 👩‍💻"}
    assert repairs.lines == ("control characters were removed",)
