"""Books from cards and world files."""

from typing import Any

import pytest

from bot.library.cards.book_fields import book_of_file
from bot.library.cards.repairs import Repairs
from bot.library.lore.lore_entry import LoreEntry
from bot.library.lore.lore_reader import read_lorebook


def entry(**fields: Any) -> LoreEntry:
    return read_lorebook({"entries": [{"keys": ["a"], "content": "x", **fields}]}).entries[0]


@pytest.mark.parametrize(
    ("fields", "wanted"),
    [
        ({}, {"keys": ("a",), "enabled": True, "order": 100, "position": "after_char", "probability": 100.0}),
        ({"keys": ["", " ", "b"]}, {"keys": ("b",)}),
        ({"position": "before_char"}, {"position": "before_char"}),
        ({"position": ""}, {"position": "after_char"}),
        ({"position": "before_char", "extensions": {"position": 4, "depth": 2}}, {"position": "depth", "depth": 2}),
        ({"extensions": {"position": 7, "outlet_name": "o"}}, {"position": "outlet", "outlet": "o"}),
        ({"extensions": {"position": 99}}, {"position": "after_char"}),
        ({"extensions": {"role": 2}}, {"role": "assistant"}),
        ({"extensions": {"role": "user"}}, {"role": "user"}),
        ({"extensions": {"role": None}}, {"role": "system"}),
        ({"secondary_keys": ["b"]}, {"secondary_keys": ("b",)}),
        ({"secondary_keys": ["b"], "selective": False}, {"secondary_keys": ()}),
        ({"extensions": {"selectiveLogic": 3}}, {"logic": "and_all"}),
        ({"extensions": {"logic": "not_any"}}, {"logic": "not_any"}),
        ({"extensions": {"probability": 30}}, {"probability": 30.0}),
        ({"extensions": {"probability": 30, "useProbability": False}}, {"probability": 100.0}),
        ({"extensions": {"probability": 900}}, {"probability": 100.0}),
        ({"case_sensitive": True}, {"case_sensitive": True}),
        ({"case_sensitive": True, "extensions": {"case_sensitive": False}}, {"case_sensitive": False}),
        ({"extensions": {"delay_until_recursion": True}}, {"recursion_level": 1}),
        ({"extensions": {"delay_until_recursion": 3}}, {"recursion_level": 3}),
        ({"extensions": {"sticky": "3", "cooldown": None, "delay": -2}}, {"sticky": 3, "cooldown": 0, "delay": 0}),
        ({"extensions": {"sticky": 10**9}}, {"sticky": 1000}),
        ({"extensions": {"group": "a, b ,a"}}, {"groups": ("a", "b")}),
        ({"use_regex": True}, {"bare_patterns": True}),
        ({"use_regex": True, "extensions": {"selectiveLogic": 0}}, {"bare_patterns": False}),
        ({"constant": True, "priority": 5, "insertion_order": -3}, {"constant": True, "priority": 5, "order": -3}),
    ],
)
def test_fields(fields: dict[str, Any], wanted: dict[str, Any]) -> None:
    found = entry(**fields)
    assert {key: getattr(found, key) for key in wanted} == wanted


def test_ids_are_unique() -> None:
    same = {"id": 1, "keys": ["a"], "content": "x"}
    ids = [item.id for item in read_lorebook({"entries": [same, same, {"keys": [], "content": ""}]}).entries]
    assert ids == ["1", "1#1", "at 2"]


def test_a_book() -> None:
    book = read_lorebook(
        {"name": "Sea", "scan_depth": 3, "token_budget": 0, "recursive_scanning": False, "entries": []}
    )
    assert (book.name, book.scan_depth, book.token_budget, book.recursive) == ("Sea", 3, None, False)
    assert read_lorebook({}).entries == ()


def test_a_world_file_means_the_same() -> None:
    fields = {"uid": 7, "key": ["a"], "keysecondary": ["b"], "selective": True, "content": "x",
             "order": 3, "position": 4, "depth": 1, "role": 1, "disable": False, "selectiveLogic": 2, "sticky": 2,
             "probability": 50, "useProbability": True, "caseSensitive": True, "matchWholeWords": True,
             "scanDepth": 9, "group": "g", "groupWeight": 5, "groupOverride": True, "excludeRecursion": True,
             "preventRecursion": True, "delayUntilRecursion": 2, "cooldown": 4, "delay": 6}  # fmt: skip
    (found,) = read_lorebook(book_of_file({"entries": {"7": fields}}, Repairs())).entries
    assert found == LoreEntry(
        id="7", keys=("a",), secondary_keys=("b",), logic="not_any", content="x", order=3, position="depth", depth=1,
        role="user", probability=50.0, case_sensitive=True, whole_words=True, scan_depth=9, groups=("g",),
        group_weight=5, group_override=True, exclude_recursion=True, prevent_recursion=True, recursion_level=2,
        sticky=2, cooldown=4, delay=6,
    )  # fmt: skip


@pytest.mark.parametrize("number", ["²", "--5", "-", "x", "", "nan"])
def test_a_text_that_is_no_number_is_the_default(number: str) -> None:
    found = entry(insertion_order=number, extensions={"depth": number, "sticky": number, "group_weight": number})
    assert (found.order, found.depth, found.sticky, found.group_weight) == (100, 4, 0, 100)


def test_an_entry_is_in_a_few_groups_only() -> None:
    found = entry(extensions={"group": ",".join(map(str, range(1000)))})
    assert found.groups == tuple(map(str, range(32)))
