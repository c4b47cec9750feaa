"""Edits cards: changes to fields of V3's `data`, validated like those of a card file."""

from bot.errors import InvalidOption
from bot.library.cards.bounded_json import MAX_BYTES, JsonObject, json_bytes, parse_json
from bot.library.cards.card import TEXT_LISTS, TEXTS, Card, object_of
from bot.library.cards.card_fields import repair_data
from bot.library.cards.repairs import Repairs

EDITABLE = (*TEXTS, *TEXT_LISTS, "character_book", "extensions")


def parse_changes(data: bytes) -> JsonObject:
    """Parse a JSON object of changes, by V3 field names. Raises InvalidOption."""
    changes = parse_json(data, Repairs())
    if not isinstance(changes, dict):
        raise InvalidOption("The file contains no fields: expected an object, { ... }.")
    return changes


def edited(card: Card, changes: JsonObject) -> Card:
    """Return the card with changes applied; null removes an extension or the book. Raises InvalidOption."""
    for key in changes:
        if key not in EDITABLE:
            raise InvalidOption("{name}: no such field. Known are: {known}", name=key[:60], known=", ".join(EDITABLE))
    data = card.data | changes
    if "extensions" in changes:
        new = object_of(card.data, "extensions") | object_of(changes, "extensions")
        data["extensions"] = {name: value for name, value in new.items() if value is not None}
    if data.get("character_book", data) is None:
        del data["character_book"]
    mended = repair_data(data, (repairs := Repairs()), "")
    repair_data(card.data, (before := Repairs()), "")
    if problems := [line for line in repairs.lines if line not in before.lines]:
        raise InvalidOption("The card is not changed: {problem}.", problem="; ".join(problems[:3]))
    if len(json_bytes(mended)) > MAX_BYTES:
        raise InvalidOption("The card's text would be larger than {most} MB.", most=MAX_BYTES // 1_000_000)
    return card.with_data(mended)
