"""The preview in the card editor equals what is read when the card is played."""

from bot.library.cards.card import Card
from bot.library.characters.card_preview import preview_card
from bot.library.characters.definition import read_character

BOOK: dict[str, object] = {"entries": [
    {"keys": ["lamp", "{{char}}"], "content": "{{char}}'s lamp is red.", "enabled": True, "insertion_order": 1},
    {"keys": ["lamp"], "content": "Never.", "enabled": True, "extensions": {"probability": 0}},
    {"keys": [], "content": "The sea is near.", "enabled": True, "constant": True},
]}  # fmt: skip
CARD = Card(
    form="V3", container="json", root={},
    data={
        "name": "Mira", "description": "{{char}} is a sailor.", "first_mes": "Hello, {{user}}.", "character_book": BOOK,
    },
)  # fmt: skip


def test_the_text_and_its_tokens() -> None:
    shown = preview_card(CARD, "mira", lambda text: len(text.split()), user="Kai")
    assert shown.opening.text == "Mira is a sailor.\nThe sea is near.\n\nMira: Hello, Kai."
    assert shown.tokens == 11
    assert shown.lore.fired == ()
    assert shown.character == read_character(CARD, "mira")


def test_which_entries_fire() -> None:
    lore = preview_card(CARD, "mira", len, said="the lamp, MIRA?").lore
    assert [(item.text, item.key) for item in lore.fired] == [("Mira's lamp is red.", "lamp")]
    assert [item.reason for item in lore.withheld] == ["probability"]
