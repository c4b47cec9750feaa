"""Lorebooks in cards, and SillyTavern's world files."""

import json
from typing import Any

import pytest

from bot.errors import InvalidOption
from bot.library.cards.card_reader import read_book, read_card
from bot.library.cards.repairs import Repairs
from tests.library.cards.card_builder import (
    V1,
    V2_DATA,
    packed,
    png,
    text,
    v2,
)  # fmt: skip


def dumped(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode()


@pytest.mark.parametrize(
    ("change", "expected", "line"),
    [
        ({"keys": "lamp, light ,"}, {"keys": ["lamp", "light"]}, "parted at its commas"),
        ({"keys": [7, "x", None]}, {"keys": ["7", "x"]}, "something else than texts"),
        ({"enabled": "true"}, {"enabled": True}, "enabled is neither"),
        ({"enabled": 0}, {"enabled": False}, "enabled is neither"),
        ({"insertion_order": ""}, {}, "insertion_order is no number"),
        ({"insertion_order": "5"}, {"insertion_order": 5}, "insertion_order is a text"),
        ({"position": ""}, {"position": ""}, ""),
        ({"content": None}, {"content": ""}, "content is no text"),
        ({"extensions": ""}, {"extensions": {}}, "extensions are no object"),
    ],
)
def test_messy_lorebook_entries(change: dict[str, Any], expected: dict[str, Any], line: str) -> None:
    entry = V2_DATA["character_book"]["entries"][0] | change
    book = V2_DATA["character_book"] | {"entries": [entry]}
    found = read_card(dumped(v2(V2_DATA | {"character_book": book})))
    mended = found.data["character_book"]["entries"][0]  # type: ignore[index]
    assert {key: mended[key] for key in expected} == expected
    assert line in "".join(found.repairs)
    assert len(found.repairs) == bool(line)


WORLD = {
    "entries": {
        "0": {"uid": 0, "key": ["sea"], "keysecondary": ["salt"], "content": "Wet.", "order": 7, "disable": True,
              "position": 4, "depth": 2, "selectiveLogic": 3, "excludeRecursion": True, "future": 1},
    },
    "originalData": None,
}  # fmt: skip


def test_a_world_file_is_a_lorebook() -> None:
    book = read_book(dumped(WORLD), Repairs())
    assert book["entries"] == [{
        "id": 0, "keys": ["sea"], "secondary_keys": ["salt"], "content": "Wet.", "insertion_order": 7, "enabled": False,
        "extensions": {"position": 4, "depth": 2, "selectiveLogic": 3, "exclude_recursion": True, "future": 1},
    }]  # fmt: skip
    with pytest.raises(InvalidOption, match="lorebook, not a character"):
        read_card(dumped(WORLD))


def test_lorebooks_in_other_files() -> None:
    book = V2_DATA["character_book"]
    assert read_book(dumped(v2()), Repairs()) == book
    assert read_book(png(after=text("chara", packed(v2()))), Repairs()) == book
    assert read_book(dumped({"spec": "lorebook_v3", "data": book}), Repairs()) == book
    assert read_book(dumped(book), Repairs()) == book
    made = read_book(b'[[lore]]\nkeys = ["sea"]\ncontent = "Wet."\nsticky = 3\n', Repairs())
    assert isinstance(made["entries"], list)
    assert made["entries"][0]["extensions"] == {"sticky": 3}
    for nothing in (dumped(V1), b'name = "x"', dumped([1])):
        with pytest.raises(InvalidOption):
            read_book(nothing, Repairs())
