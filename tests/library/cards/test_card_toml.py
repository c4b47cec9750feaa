"""Roost's own character format."""

import pytest

from bot.errors import InvalidOption
from bot.library.cards.card_reader import read_card
from bot.library.characters.definition import read_character

GOOD = '''
name = "Mira"
nickname = "Mimi"
language = "en"
description = """
A lighthouse keeper."""
greeting = "Hello."
greetings = ["Good evening."]
tags = ["sea"]
talkativeness = 0.7
note = { text = "It is night.", depth = 2 }
state = "mira.pth"

[sampling]
temperature = 0.8

[book]
scan_depth = 3

[[lore]]
keys = ["lamp"]
content = "The lamp is red."
constant = true
probability = 50
'''


def test_a_file_is_read() -> None:
    card = read_card(GOOD.encode(), "mira")
    assert (card.form, card.container, card.repairs) == ("Roost", "toml", ())
    data = card.data
    assert (data["name"], data["description"], data["first_mes"]) == ("Mira", "A lighthouse keeper.", "Hello.")
    assert data["alternate_greetings"] == ["Good evening."]
    assert data["extensions"] == {
        "roost": {"language": "en", "state": "mira.pth", "sampling": {"temperature": 0.8}},
        "talkativeness": 0.7,
        "depth_prompt": {"prompt": "It is night.", "depth": 2, "role": "system"},
    }
    assert data["character_book"] == {
        "scan_depth": 3,
        "extensions": {},
        "entries": [
            {"keys": ["lamp"], "content": "The lamp is red.", "enabled": True, "insertion_order": 100,
             "constant": True, "extensions": {"probability": 50}},
        ],
    }  # fmt: skip


def test_a_file_without_a_name_is_called_after_its_file() -> None:
    card = read_card(b'description = "calm"', "mira")
    assert (card.name, card.repairs) == ("mira", ())


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('name = "x"\ndescripton = "y"', r"line 2: descripton: unknown key \(did you mean description\?\)"),
        ('description = "x"\n\ntags = "sea"', "line 3: tags: expected a list"),
        ('description = "x"\ntalkativeness = "high"', "line 2: talkativeness: expected a number"),
        ('description = "x"\nnote = { depht = 1 }', "line 2: depht: unknown key"),
        ('description = "x"\n[[lore]]\nkey = ["x"]', r"line 3: key: unknown key \(did you mean keys\?\)"),
        ('description = "x"\n[lore]\nkeys = ["x"]', "line 2: lore: expected a list"),
        ('description = "x"\n[[lore]]\nsticky = true', "line 3: sticky: expected a whole number"),
        ('description = "x"\n[[lore]]\nposition = "top"', "line 3: position: expected one of before_char"),
        ('description = "x"\n[[lore]]\nlogic = "or"', "line 3: logic: expected one of and_any"),
        ('name = "x', "not TOML"),
        ('name = "x"', "description, personality or greeting is missing"),
    ],
)
def test_a_wrong_file_names_the_line(text: str, expected: str) -> None:
    with pytest.raises(InvalidOption, match=expected):
        read_card(text.encode(), "x")


def test_entries_are_written_as_silly_tavern_reads_them() -> None:
    text = """
description = "x"
[[lore]]
keys = ["/lamp|light/i"]
content = "y"
secondary_keys = ["z"]
logic = "not_any"
position = "depth"
depth = 2
role = "user"
"""
    card = read_card(text.encode(), "mira")
    assert card.data["character_book"] == {
        "extensions": {},
        "entries": [
            {"keys": ["/lamp|light/i"], "content": "y", "enabled": True, "insertion_order": 100, "use_regex": True,
             "secondary_keys": ["z"], "position": "after_char",
             "extensions": {"selectiveLogic": 2, "position": 4, "depth": 2, "role": 1}},
        ],
    }  # fmt: skip
    book = read_character(card, "mira").book
    assert book is not None
    (entry,) = book.entries
    assert (entry.logic, entry.position, entry.depth, entry.role) == ("not_any", "depth", 2, "user")
    assert not entry.bare_patterns


@pytest.mark.parametrize("number", ["nan", "-inf", "1e300", "9" * 400, "0x" + "f" * 5000, "1" * 5000])
def test_a_number_that_json_lacks_is_refused(number: str) -> None:
    with pytest.raises(InvalidOption, match="The file is not TOML: "):
        read_card(f'description = "calm"\n[sampling]\nx = [{{ y = {number} }}]'.encode(), "mira")


def test_a_date_is_a_text() -> None:
    card = read_card(
        b'description = "calm"\ntags = [1979-05-27, 07:32:00]\nsampling = { x = 1979-05-27T07:32:00Z }', "mira"
    )
    assert card.data["tags"] == ["1979-05-27", "07:32:00"]
    assert read_character(card, "mira").sampling == {"x": "1979-05-27T07:32:00+00:00"}
