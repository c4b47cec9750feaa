"""Card fields are edited in the form that a file has."""

from typing import Any

import pytest

from bot.errors import InvalidOption
from bot.library.cards import card_edit
from bot.library.cards.card import Card
from bot.library.cards.card_edit import edited, parse_changes

DATA: dict[str, Any] = {
    "name": "Ann", "first_mes": "", "alternate_greetings": ["Hi."], "strange": 1, "extensions": {"a": 1, "b": 2},
    "character_book": {"entries": []},
}  # fmt: skip
CARD = Card(form="V3", container="json", data=DATA, root={"kept": True})


def test_fields_are_replaced_and_others_stay() -> None:
    book = {"entries": [{"keys": ["lamp"], "content": "Red."}]}
    new = edited(CARD, {"first_mes": "Come in.", "extensions": {"b": None, "c": 3}, "character_book": book})
    assert new.data == DATA | {"first_mes": "Come in.", "extensions": {"a": 1, "c": 3}, "character_book": book}
    assert new.root == {"kept": True}
    assert "character_book" not in edited(CARD, {"character_book": None}).data


@pytest.mark.parametrize(
    "changes",
    [{"strange": 2}, {"name": ""}, {"tags": {"a": {}}}, {"description": [1]}, {"character_book": {"entries": 3}},
     {"alternate_greetings": ["x"] * 501}],
)  # fmt: skip
def test_what_is_wrong_changes_nothing(changes: dict[str, Any]) -> None:
    with pytest.raises(InvalidOption):
        edited(CARD, changes)


def test_a_card_may_not_outgrow_its_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(card_edit, "MAX_BYTES", 1000)
    with pytest.raises(InvalidOption, match="larger than"):
        edited(CARD, {"description": "x" * 1000})


def test_changes_are_an_object() -> None:
    assert parse_changes(b'{"name": "x"}') == {"name": "x"}
    with pytest.raises(InvalidOption, match="expected an object"):
        parse_changes(b"[]")
