"""What a conversation with a character stores in its root: the character, the person and the random seed."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from typing import Any

from bot.library.lore.lore_layout import DIGEST_LENGTH
from bot.library.prompts import ChatPrompt, clean_name

KEY = "play"  # key in the root's `sampling`
MAX_ID_LENGTH, MAX_SEED_LENGTH = 64, 64
MAX_PERSONA_LENGTH = 4000
MAX_GREETINGS = 1000
MAX_LORE = 10_000  # entries


@dataclass(frozen=True, slots=True, kw_only=True)
class Play:
    """How a character is played in one conversation."""

    character: str  # id of the character
    bot: str = ""  # label of its turns
    person: str = ""  # label of the person's turns
    title: str = ""  # the character's name as shown
    user: str = ""  # value of {{user}}; "": the card's own
    persona: str = ""  # how the person describes themselves
    seed: str = ""
    begun: float = 0.0  # Unix time, for the clock macros
    greeting: int = 0  # index of the greeting that starts the conversation
    language: str = ""
    lore: tuple[str, ...] | None = None  # digests of the constant entries in the opening; None: all of them
    by: str = ""  # "platform:id" of the person whose name and persona are used; stored as the root's user

    @property
    def now(self) -> datetime | None:
        """When the conversation began, if known."""
        return datetime.fromtimestamp(self.begun, UTC) if self.begun else None

    def values(self) -> dict[str, object]:
        """Return the values for a node's `sampling`."""
        values = {name: value for name, value in asdict(self).items() if value and name not in ("by", "lore")}
        return {KEY: values if self.lore is None else values | {"lore": list(self.lore)}}

    def prompt(self, greeting: str) -> ChatPrompt:
        """Return what people see of it: names and the first line."""
        return ChatPrompt(
            name=self.character, title=self.title, user=self.person or "User", bot=self.bot or "Assistant",
            greeting=greeting, language=self.language or "en", character=True,
        )  # fmt: skip


def read_play(sampling: Mapping[str, object]) -> Play | None:
    """Return what a root stores, or None for a plain prompt.

    Imported roots are untrusted, so all values are checked.
    """
    table = sampling.get(KEY)
    if not isinstance(table, dict) or not isinstance(table.get("character"), str):
        return None
    kinds = {"bot": 32, "person": 40, "title": 32, "user": 32, "persona": MAX_PERSONA_LENGTH, "seed": MAX_SEED_LENGTH,
             "language": 16}  # fmt: skip
    texts = {name: value[:most] for name, most in kinds.items() if isinstance(value := table.get(name), str)}
    for name in ("bot", "person", "title", "user"):
        texts[name] = clean_name(texts.get(name, ""))
    play = Play(character=table["character"][:MAX_ID_LENGTH], **texts)  # type: ignore[arg-type]  # all of them are texts
    return replace(play, lore=digests_in(table.get("lore")), **_numbers(table))


def digests_in(value: object) -> tuple[str, ...] | None:
    """Return the digests of lore entries stored in a root, or None if there is no list."""
    if not isinstance(value, list):
        return None
    return tuple(item[:DIGEST_LENGTH] for item in value[:MAX_LORE] if isinstance(item, str))


def _numbers(table: Mapping[str, object]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    begun, greeting = table.get("begun"), table.get("greeting")
    if isinstance(begun, (int, float)) and 0 <= begun < 7e9:
        found["begun"] = float(begun)
    if isinstance(greeting, int) and 0 <= greeting < MAX_GREETINGS:
        found["greeting"] = greeting
    return found
