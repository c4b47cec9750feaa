"""A character ready to be played: a card's fields with plain names, clean texts and a parsed lorebook."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from bot.errors import InvalidOption
from bot.library.cards.bounded_json import JsonObject
from bot.library.cards.card import OWN_EXTENSION, Card, object_of, text_of, texts_of
from bot.library.lore.lore_entry import Lorebook, Role
from bot.library.lore.lore_reader import read_lorebook
from bot.library.prompts import clean_name

MAX_DEPTH = 1_000
MAX_LENGTH = 500_000  # characters that a conversation begins with
MAX_NOTE_LENGTH = 50_000  # characters of a text that is read for each reply
ROLES: tuple[Role, ...] = ("system", "user", "assistant")


@dataclass(frozen=True, slots=True)
class DepthNote:
    """A text to insert ``depth`` messages above the reply."""

    text: str
    depth: int = 4
    role: Role = "system"


@dataclass(frozen=True, slots=True, kw_only=True)
class Character:
    """A card's content. Texts may still contain macros and blank lines."""

    id: str  # the file's name without extension, or the id in the store
    name: str  # display name: one line, no colon, at most 32 characters
    char: str  # value of {{char}}: the nickname, else the name
    user: str = ""  # the card's name for the user if nothing else provides one
    description: str = ""
    personality: str = ""
    scenario: str = ""
    examples: str = ""
    greetings: tuple[str, ...] = ()  # the first message and its alternatives
    group_greetings: tuple[str, ...] = ()
    system_prompt: str = ""  # "" for the default; {{original}} is the default in it
    after_history: str = ""
    note: DepthNote | None = None
    book: Lorebook | None = None
    talkativeness: float = 0.5
    fixed_labels: bool = False  # turns are labelled User and Assistant instead of by name
    dialogue_greeting: bool = False  # each paragraph of the greeting is a turn of its own
    state: str = ""  # file of a tuned initial state
    language: str = ""
    sampling: Mapping[str, object] = field(default_factory=dict)
    creator: str = ""
    creator_notes: str = ""
    version: str = ""
    tags: tuple[str, ...] = ()

    @property
    def length(self) -> int:
        """The number of characters that a conversation begins with, without lore."""
        texts = (self.system_prompt, self.description, self.personality, self.scenario, self.examples)
        return sum(map(len, texts)) + max(map(len, self.greetings), default=0)


def read_character(card: Card, character_id: str) -> Character:
    """Build the character of a card. Raises InvalidOption if its texts are too long."""
    data = card.data
    own = object_of(object_of(data, "extensions"), OWN_EXTENSION)
    name = shown_name(card.name) or shown_name(character_id) or "Character"
    book = data.get("character_book")
    made = Character(
        id=character_id,
        name=name,
        char=shown_name(text_of(data, "nickname")) or name,
        personality=text_of(data, "personality"),
        scenario=text_of(data, "scenario"),
        description=text_of(data, "description"),
        examples=text_of(data, "mes_example"),
        greetings=_greetings(data),
        group_greetings=_filled(texts_of(data, "group_only_greetings")),
        system_prompt=text_of(data, "system_prompt"),
        after_history=text_of(data, "post_history_instructions"),
        note=_note(object_of(object_of(data, "extensions"), "depth_prompt")),
        book=read_lorebook(book) if isinstance(book, dict) else None,
        talkativeness=_share(object_of(data, "extensions").get("talkativeness", card.root.get("talkativeness"))),
        **_own(own),  # type: ignore[arg-type]  # typed as declared there
        **_about(data),  # type: ignore[arg-type]  # as above
    )
    _check_lengths(made)
    return made


def _check_lengths(made: Character) -> None:
    """Raise InvalidOption if the model would have to read too much."""
    if made.length > MAX_LENGTH:
        message = "The character's texts have {length} characters together; the limit is {most}."
        raise InvalidOption(message, length=made.length, most=MAX_LENGTH)
    notes = {"post_history_instructions": made.after_history, "depth_prompt": made.note.text if made.note else ""}
    for name, text in notes.items():
        if len(text) > MAX_NOTE_LENGTH:
            message = "The card's {field} has {length} characters; the limit is {most}."
            raise InvalidOption(message, field=name, length=len(text), most=MAX_NOTE_LENGTH)


def _own(own: JsonObject) -> dict[str, object]:
    """Return the fields that only this program's cards, and RWKV_Role_Playing's, have."""
    return {
        "user": shown_name(text_of(own, "user")),
        "fixed_labels": own.get("labels") == "User",
        "dialogue_greeting": own.get("dialogue_greeting") is True,
        "state": text_of(own, "state"),
        "language": text_of(own, "language"),
        "sampling": object_of(own, "sampling"),
    }


def _about(data: JsonObject) -> dict[str, object]:
    """Return the metadata, which the model never reads."""
    return {
        "creator": text_of(data, "creator"),
        "creator_notes": text_of(data, "creator_notes"),
        "version": text_of(data, "character_version"),
        "tags": _filled(texts_of(data, "tags")),
    }


def shown_name(text: str) -> str:
    """Return a name that cannot pass for a turn or a Discord spoiler: "Ann || Bob" becomes "Ann"."""
    return clean_name(text.split("||")[0].strip() or text.replace("||", " "))


def _greetings(data: JsonObject) -> tuple[str, ...]:
    return _filled((text_of(data, "first_mes"), *texts_of(data, "alternate_greetings")))


def _filled(texts: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(text for text in texts if text.strip())


def _note(value: JsonObject) -> DepthNote | None:
    text = text_of(value, "prompt")
    if not text.strip():
        return None
    depth, role = value.get("depth"), str(value.get("role", "system")).lower()
    if isinstance(depth, str) and depth.strip().isdecimal():
        depth = int(depth.strip()[:9])
    whole = int(depth) if isinstance(depth, (int, float)) and not isinstance(depth, bool) else 4
    return DepthNote(text, min(max(whole, 0), MAX_DEPTH), next((known for known in ROLES if known == role), "system"))


def _share(value: object) -> float:
    """Parse talkativeness, from 0 to 1. Cards may give it as text or leave it empty."""
    try:
        number = float(value) if isinstance(value, (int, float, str)) else 0.5
    except ValueError:
        return 0.5
    return min(max(number, 0.0), 1.0) if number == number else 0.5
