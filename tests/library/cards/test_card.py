"""The card's value."""

from bot.library.cards.card import Card, object_of, text_of, texts_of


def test_reading_fields_of_any_object() -> None:
    table: dict[str, object] = {"a": "x", "b": ["y", 1, "z"], "c": {"d": 1}, "e": None}
    assert (text_of(table, "a"), text_of(table, "e"), text_of(table, "no")) == ("x", "", "")
    assert (texts_of(table, "b"), texts_of(table, "a")) == (("y", "z"), ())
    assert (object_of(table, "c"), object_of(table, "a")) == ({"d": 1}, {})


def test_an_edit_leaves_the_old_card_alone() -> None:
    card = Card(form="V2", container="json", data={"name": "Mira"}, root={"fav": True})
    edited = card.with_data({"name": "Mirabel"})
    assert (card.name, edited.name, edited.root) == ("Mira", "Mirabel", {"fav": True})
