"""Positions of entries."""

from typing import Any

import pytest

from bot.library.lore.lore_entry import Conditions, Lorebook, LoreEntry
from bot.library.lore.lore_layout import DepthText, LoreLayout, digest_of, in_root, lay_out, root_entries, without_root
from bot.library.lore.lore_scan import FiredEntry


def fired(text: str, **fields: Any) -> FiredEntry:
    return FiredEntry(text, LoreEntry(id=text, **fields), "b", "key", "", text, 1)


@pytest.mark.parametrize(
    ("fields", "wanted"),
    [
        ({"constant": True}, True),
        ({"constant": True, "position": "examples_top"}, True),
        ({}, False),
        ({"constant": True, "enabled": False}, False),
        ({"constant": True, "probability": 99.0}, False),
        ({"constant": True, "groups": ("g",)}, False),
        ({"constant": True, "delay": 1}, False),
        ({"constant": True, "cooldown": 1}, False),
        ({"constant": True, "position": "depth"}, False),
        ({"constant": True, "position": "note_top"}, False),
        ({"constant": True, "recursion_level": 1}, False),
        ({"constant": True, "conditions": Conditions(after_replies=1)}, False),
    ],
)
def test_what_is_always_there_is_read_once(fields: dict[str, Any], wanted: bool) -> None:
    entry = LoreEntry(id="1", **fields)
    assert in_root(entry) is wanted
    book = Lorebook(name="b", entries=(entry,), scan_depth=3, token_budget=4, recursive=True)
    assert root_entries([book]) == ((entry,) if wanted else ())
    assert without_root(book).entries == (() if wanted else (entry,))
    assert (without_root(book).scan_depth, without_root(book).token_budget) == (3, 4)


def test_what_the_beginning_does_not_hold_is_scanned() -> None:
    one, two = (LoreEntry(id=text, constant=True, content=text) for text in ("one", "two"))
    book = Lorebook(entries=(one, two))
    assert without_root(book, ()).entries == (one, two)
    assert without_root(book, [digest_of(one)]).entries == (two,)
    assert digest_of(one) != digest_of(LoreEntry(id="one", constant=True, content="one, edited"))


def test_the_order_over_several_books() -> None:
    books = [Lorebook(entries=(LoreEntry(id=str(order), constant=True, order=order),)) for order in (5, 1, 3)]
    assert [entry.order for entry in root_entries(books)] == [1, 3, 5]


def test_texts_by_their_places() -> None:
    items = [
        fired("top"),
        fired("near", position="depth", depth=1, role="user"),
        fired("far", position="depth", depth=99),
        fired("note", position="note_top"),
        fired("second", position="depth", depth=1, conditions=Conditions(reverse_depth=2)),
        fired("one", position="outlet", outlet="o"),
        fired("two", position="outlet", outlet="o"),
    ]
    assert lay_out(items, 6) == LoreLayout(
        ("top",),
        (
            DepthText(6, "system", "far"),
            DepthText(4, "system", "note"),
            DepthText(4, "system", "second"),
            DepthText(1, "user", "near"),
        ),
        {"o": "one\ntwo"},
    )
