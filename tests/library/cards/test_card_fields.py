"""Common faults of real cards are repaired, and reported in one line each."""

import json
from typing import Any

import pytest

from bot.library.cards.card_reader import read_card
from tests.library.cards.card_builder import (
    V2_DATA,
    V3_DATA,
    v3,
)  # fmt: skip


def dumped(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode()


@pytest.mark.parametrize(
    ("change", "expected", "line"),
    [
        ({"character_book": None}, {}, ""),
        ({"alternate_greetings": "Hey."}, {"alternate_greetings": ["Hey."]}, "alternate_greetings is a text"),
        ({"alternate_greetings": None}, {"alternate_greetings": []}, ""),
        ({"alternate_greetings": [1, None, "x"]}, {"alternate_greetings": ["1", "x"]}, "2 texts were kept"),
        ({"tags": "sea"}, {"tags": ["sea"]}, "tags is a text"),
        ({"extensions": None}, {"extensions": {}}, ""),
        ({"extensions": []}, {"extensions": {}}, "extensions is no object"),
        ({"description": None}, {"description": ""}, ""),
        ({"description": 7}, {"description": "7"}, "description is a number"),
        ({"description": ["a", "b"]}, {"description": "a\nb"}, "description is a list"),
        ({"character_version": 2}, {"character_version": "2"}, "character_version is a number"),
        ({"name": ""}, {"name": "mira-file"}, "the card has no name; it is called mira-file after its file"),
        ({"name": None}, {"name": "mira-file"}, "after its file"),
        ({"name": "Ann || Bob"}, {"name": "Ann || Bob"}, ""),
        ({"first_mes": ""}, {"first_mes": ""}, "the first alternate greeting begins"),
        ({"description": "a\x00b\x1b[31m"}, {"description": "ab[31m"}, "control characters were removed"),
        ({"creation_date": "1700000000"}, {"creation_date": 1700000000}, "creation_date is a text"),
        ({"creation_date": "²"}, {}, "creation_date is no number"),
        ({"assets": [{"type": "icon"}]}, {"assets": []}, "1 assets without a uri"),
        ({"assets": None}, {"assets": []}, ""),
        ({"character_book": []}, {"character_book": {"extensions": {}, "entries": []}}, "character_book is no object"),
    ],
)
def test_messy_values_are_put_right_and_told(change: dict[str, Any], expected: dict[str, Any], line: str) -> None:
    found = read_card(dumped(v3(V3_DATA | change)), "mira-file")
    assert {key: found.data[key] for key in expected} == expected
    assert len(found.repairs) == bool(line)
    assert line in "".join(found.repairs)
    untouched = set(V3_DATA) - set(change)
    assert {key: found.data[key] for key in untouched} == {key: V3_DATA[key] for key in untouched}


@pytest.mark.parametrize(
    ("spec", "version", "form", "line"),
    [
        ("chara_card_v3", "3.1", "V3", "spec_version '3.1' is not 3.0"),
        ("chara_card_v4", "4.0", "V3", "spec chara_card_v4 is newer"),
        (None, None, "V2", ""),
        ("nonsense", "", "V2", "spec was read as V2"),
    ],
)
def test_other_versions_are_read_with_a_warning(spec: str | None, version: str | None, form: str, line: str) -> None:
    found = read_card(dumped({"spec": spec, "spec_version": version, "data": V2_DATA}))
    assert found.form == form
    assert line in "".join(found.repairs)
    assert len(found.repairs) == bool(line)
