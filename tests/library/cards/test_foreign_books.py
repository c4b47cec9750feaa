"""Lorebooks from RisuAI, Agnai and NovelAI."""

import json

import pytest

from bot.errors import InvalidOption
from bot.library.cards.card_reader import read_book, read_card
from bot.library.cards.foreign_books import foreign_book
from bot.library.cards.repairs import Repairs

RISU = {
    "type": "risu", "ver": 1, "data": [
        {"key": "bread, loaf", "secondkey": "oven,", "insertorder": 7, "comment": "Bread", "content": "It is gold.",
         "mode": "normal", "alwaysActive": False, "selective": True, "useRegex": False},
        {"key": "/a,b/i", "content": "One pattern.", "mode": "folder", "alwaysActive": True, "useRegex": True},
        {"key": None, "content": None},
    ],
}  # fmt: skip
AGNAI = {"kind": "memory", "name": "World", "entries": [
    {"name": "e", "entry": "It is gold.", "keywords": ["bread"], "priority": 3, "weight": 5, "enabled": True},
]}  # fmt: skip
NOVELAI = {"lorebookVersion": 5, "entries": [
    {"text": "It is gold.", "displayName": "Bread", "keys": ["bread"], "enabled": True, "forceActivation": True,
     "contextConfig": {"budgetPriority": 400}},
]}  # fmt: skip


def read(value: object) -> list[dict[str, object]]:
    entries = read_book(json.dumps(value).encode(), Repairs())["entries"]
    assert isinstance(entries, list)
    return entries


def test_risuai() -> None:
    bread, folder, empty = read(RISU)
    assert (bread["keys"], bread["secondary_keys"], bread["selective"]) == (["bread", "loaf"], ["oven"], True)
    assert (bread["content"], bread["insertion_order"], bread["comment"]) == ("It is gold.", 7, "Bread")
    assert bread["extensions"] == {"risuai": RISU["data"][0]}  # type: ignore[index]  # a list
    assert (folder["keys"], folder["enabled"], folder["constant"], folder["use_regex"]) == (
        ["/a,b/i"],
        False,
        True,
        True,
    )
    assert (empty["keys"], empty["content"]) == ([], "")


def test_agnai() -> None:
    (entry,) = read(AGNAI)
    assert (entry["keys"], entry["content"], entry["insertion_order"], entry["priority"]) == (
        ["bread"], "It is gold.", 5, 3
    )  # fmt: skip


def test_novelai() -> None:
    (entry,) = read(NOVELAI)
    assert (entry["keys"], entry["content"], entry["name"]) == (["bread"], "It is gold.", "Bread")
    assert (entry["constant"], entry["insertion_order"]) == (True, 400)


@pytest.mark.parametrize("book", [RISU, AGNAI, NOVELAI])
def test_they_are_no_characters(book: object) -> None:
    with pytest.raises(InvalidOption, match="a lorebook, not a character"):
        read_card(json.dumps(book).encode())


def test_other_files_are_left_to_others() -> None:
    values: list[object] = [[], "x", {}, {"type": "risu"}, {"kind": "memory", "entries": {}}, {"lorebookVersion": 5}]
    assert [foreign_book(value) for value in values] == [None] * len(values)
