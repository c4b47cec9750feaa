"""The text before a character's first reply: examples, persona, constant lore and greeting, in this order.

RWKV in World format works best with prose, and with examples before the persona (measured by an author of
role-playing programs). A blank line ends a turn, so every text is folded into one paragraph.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from random import Random

from bot.library.characters.definition import Character
from bot.library.characters.example_turns import example_turns, split_examples
from bot.library.lore.lore_entry import LoreEntry, Position
from bot.library.macros.expansion import expand
from bot.library.macros.macro_values import MacroValues, ResolvedMacro
from bot.library.prompts import GAP, clean_name, clean_text, typed_text

FIXED_USER, FIXED_BOT = "User", "Assistant"
BEFORE: tuple[Position, ...] = ("before_char", "before_desc")
AFTER: tuple[Position, ...] = ("after_char", "after_desc", "personality", "scenario", "outlet")


@dataclass(frozen=True, slots=True, kw_only=True)
class OpeningOptions:
    """The user, the choice of greeting, and the inputs of macros."""

    user: str = ""  # the user's name; "": the card's own, else User
    persona: str = ""  # the user's description of themselves
    greeting: int = 0
    constant_lore: Sequence[LoreEntry] = ()  # see lore_layout.root_entries
    seed: str = ""
    now: datetime | None = None
    variables: Mapping[str, str] = field(default_factory=dict)
    recorded: Sequence[ResolvedMacro] = ()  # by an earlier opening of the same card, to be reproduced


@dataclass(frozen=True, slots=True)
class Opening:
    """The beginning of a chat: the text for the model, the greeting to show, and the labels of turns."""

    text: str
    greeting: str  # "" if the card has none
    user_label: str
    char_label: str
    record: tuple[ResolvedMacro, ...]
    variables: Mapping[str, str]


def make_opening(character: Character, options: OpeningOptions, random: Random) -> Opening:
    """Build the opening of a chat. Pure: the same arguments and record give the same text."""
    return _OpeningMaker(character, options, random).make()


def labels(character: Character, user: str) -> tuple[str, str]:
    """Return the labels of the user's and the character's turns, which always differ."""
    if character.fixed_labels:
        return FIXED_USER, FIXED_BOT
    person = clean_name(user) or character.user or FIXED_USER
    return (f"{person}-2" if person.casefold() == character.char.casefold() else person), character.char


class _OpeningMaker:
    def __init__(self, character: Character, options: OpeningOptions, random: Random) -> None:
        self._character, self._options, self._random = character, options, random
        self._user, self._char = labels(character, options.user)
        name = clean_name(options.user) or character.user or FIXED_USER
        self._values = MacroValues(
            char=character.char, user=name, variables=options.variables, now=options.now, seed=options.seed,
            recorded=options.recorded, texts={"persona": clean_text(options.persona), "original": ""},
        )  # fmt: skip
        self._record: list[ResolvedMacro] = []
        self._described = ""  # example dialogue found in the description

    def make(self) -> Opening:
        persona = self._persona()
        examples = [*map(clean_text, self._lore(("examples_top",))), *self._examples()]
        examples += map(clean_text, self._lore(("examples_bottom",)))
        turns, shown = self._greeting()
        text = GAP.join(part for part in (*examples, persona, *turns) if part)
        return Opening(text, shown, self._user, self._char, tuple(self._record), self._values.variables)

    def _expand(self, text: str) -> str:
        done = expand(text, self._values, self._random)
        self._record += done.record
        left = self._values.recorded[len(done.record) :]
        self._values = replace(self._values, recorded=left, variables=done.variables)
        return done.text

    def _persona(self) -> str:
        """Build one paragraph: system prompt, lore before, the card's three texts, lore after, the user's persona."""
        character = self._character
        system = self._expand(character.system_prompt)
        texts = {}
        for name in ("description", "personality", "scenario"):
            texts[name] = self._expand(getattr(character, name))
            known = {**self._values.texts, name: clean_text(texts[name])}
            self._values = replace(self._values, texts=known)
        person = self._expand(self._options.persona)
        texts["description"], self._described = split_examples(texts["description"])
        parts = (system, *self._lore(BEFORE), *texts.values(), *self._lore(AFTER), person)
        return "\n".join(cleaned for part in parts if (cleaned := clean_text(part)))

    def _lore(self, positions: tuple[Position, ...]) -> list[str]:
        return [self._expand(entry.content) for entry in self._options.constant_lore if entry.position in positions]

    def _examples(self) -> list[str]:
        """Return the example turns, one labelled paragraph each."""
        text = "\n<START>\n".join(part for part in (self._described, self._expand(self._character.examples)) if part)
        blocks = example_turns(text, self._values.user, self._names())
        turns = [turn for block in blocks for turn in block]
        return [self._line(self._label(turn.speaker) if turn.speaker else None, turn.text) for turn in turns]

    def _names(self) -> list[str]:
        """Return the names that may label a turn, besides the user's."""
        character = self._character
        return sorted({self._char, self._user, character.name, character.char, character.user} - {""})

    def _label(self, speaker: str | None) -> str:
        return self._user if speaker in (self._values.user, self._character.user, self._user) else self._char

    def _greeting(self) -> tuple[list[str], str]:
        """Return the greeting as turns for the model, and as text to show."""
        greetings = self._character.greetings
        if not greetings:
            return [], ""
        text = typed_text(self._expand(greetings[self._options.greeting % len(greetings)]))
        if not self._character.dialogue_greeting:
            return [self._line(self._char, text)], text
        turns = []
        for block in text.split(GAP):
            for found in example_turns(block, self._values.user, self._names()):
                turns += [self._line(self._label(turn.speaker), turn.text) for turn in found]
        return turns, text

    @staticmethod
    def _line(label: str | None, text: str) -> str:
        cleaned = clean_text(text)
        return cleaned if label is None or not cleaned else f"{label}: {cleaned}"
