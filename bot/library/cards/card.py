"""The card value shared by all readers and writers, with everything that the card's file contained."""

from dataclasses import dataclass, replace
from typing import Literal

from bot.library.cards.bounded_json import JsonObject

Container = Literal["png", "json", "charx", "yaml", "toml"]
# V1 and the foreign forms have no `data`: their values are copied there under V2's names.
Form = Literal["V1", "V2", "V3", "RWKV_Role_Playing", "Pygmalion", "Agnai", "text-generation-webui", "Roost"]

TEXTS = (
    "name", "description", "personality", "scenario", "first_mes", "mes_example", "creator_notes", "system_prompt",
    "post_history_instructions", "creator", "character_version", "nickname",
)  # fmt: skip
TEXT_LISTS = ("alternate_greetings", "tags", "source", "group_only_greetings")
V1_TEXTS = TEXTS[:6]
OWN_EXTENSION = "roost"  # key in `extensions` for fields that only this program uses


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """A card as read, repaired where necessary. ``data`` and ``root`` also keep fields unknown to this program."""

    form: Form
    container: Container
    data: JsonObject  # V3's `data`
    root: JsonObject  # the fields beside `data`: spec, spec_version, and those of other programs
    picture: bytes | None = None  # the original image file
    archive: bytes | None = None  # the whole CHARX file, with its assets
    repairs: tuple[str, ...] = ()  # one line per repair

    @property
    def name(self) -> str:
        """The name as spelled in the card."""
        return text_of(self.data, "name")

    def with_data(self, data: JsonObject) -> "Card":
        return replace(self, data=data)

    def with_picture(self, picture: bytes | None) -> "Card":
        return replace(self, picture=picture)


def text_of(table: JsonObject, key: str) -> str:
    """Return a text of a repaired object, or "" if it has none."""
    value = table.get(key)
    return value if isinstance(value, str) else ""


def texts_of(table: JsonObject, key: str) -> tuple[str, ...]:
    """Return the texts of a repaired list."""
    value = table.get(key)
    return tuple(item for item in value if isinstance(item, str)) if isinstance(value, list) else ()


def object_of(table: JsonObject, key: str) -> JsonObject:
    """Return a nested object, empty if there is none."""
    value = table.get(key)
    return value if isinstance(value, dict) else {}
