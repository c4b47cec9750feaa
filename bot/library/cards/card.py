"""The value that every reader makes and every writer takes: a card, with all that its file held."""

from dataclasses import dataclass, replace
from typing import Literal

from bot.library.cards.bounded_json import JsonObject

Container = Literal["png", "json", "charx", "yaml", "toml"]
# V1 and the foreign forms have no `data`: their values were laid into it under V2's names.
Form = Literal["V1", "V2", "V3", "RWKV_Role_Playing", "Pygmalion", "Agnai", "text-generation-webui", "Roost"]

TEXTS = (
    "name", "description", "personality", "scenario", "first_mes", "mes_example", "creator_notes", "system_prompt",
    "post_history_instructions", "creator", "character_version", "nickname",
)  # fmt: skip
TEXT_LISTS = ("alternate_greetings", "tags", "source", "group_only_greetings")
V1_TEXTS = TEXTS[:6]
OWN_EXTENSION = "roost"  # in `extensions`: what only this program's cards say


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """A card as it came, mended where it had to be. ``data`` and ``root`` also hold what this program does not know."""

    form: Form
    container: Container
    data: JsonObject  # V3's `data`
    root: JsonObject  # what stood beside `data`: spec, spec_version, and whatever a program put there
    picture: bytes | None = None  # the picture's file as it came
    archive: bytes | None = None  # the whole CHARX file, with its assets
    repairs: tuple[str, ...] = ()  # one line for each thing that was put right

    @property
    def name(self) -> str:
        """The name as the card spells it."""
        return text_of(self.data, "name")

    def with_data(self, data: JsonObject) -> "Card":
        """The card with other fields, for an edit."""
        return replace(self, data=data)

    def with_picture(self, picture: bytes | None) -> "Card":
        """The card with another picture."""
        return replace(self, picture=picture)


def text_of(table: JsonObject, key: str) -> str:
    """A text of a mended object, "" where it has none."""
    value = table.get(key)
    return value if isinstance(value, str) else ""


def texts_of(table: JsonObject, key: str) -> tuple[str, ...]:
    """The texts of a mended list."""
    value = table.get(key)
    return tuple(item for item in value if isinstance(item, str)) if isinstance(value, list) else ()


def object_of(table: JsonObject, key: str) -> JsonObject:
    """A nested object, empty where there is none."""
    value = table.get(key)
    return value if isinstance(value, dict) else {}
