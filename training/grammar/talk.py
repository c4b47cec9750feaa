"""The grammar's building blocks: templates with alternatives, a talk under construction, a finished document."""

from __future__ import annotations

import random
import re
from dataclasses import dataclass, field

_CHOICE = re.compile(r"\[([^\[\]]*)\]")
_SLOT = re.compile(r"\{(\w+)\}")
_ARTICLE = re.compile(r"\b([Aa]) \{(\w+)\}")

REPLY = 1.0
"""Loss weight of what the bot says."""
ASIDE = 0.1
"""Loss weight of what users say and of given material: read, not imitated."""


def expand(rng: random.Random, template: str) -> str:
    """Resolve every ``[one|other]`` of a template, innermost first; slots stay as they are."""
    while match := _CHOICE.search(template):
        template = template[: match.start()] + rng.choice(match[1].split("|")) + template[match.end() :]
    return template


def fill(template: str, slots: dict[str, str]) -> str:
    """Replace ``{slot}`` by its value; values may contain any character. "a" before a vowel becomes "an".

    Raises:
        KeyError: the template has a slot that is not in `slots`.

    """
    template = _ARTICLE.sub(lambda m: f"{m[1]}{'n' * _begins_with_vowel(slots[m[2]])} {{{m[2]}}}", template)
    return _SLOT.sub(lambda m: slots[m[1]], template)


def _begins_with_vowel(text: str) -> bool:
    if text.lower().startswith(("hour", "honest")):
        return True
    return text[:1].lower() in tuple("aeiou") and not text.lower().startswith(("uni", "use", "eu", "one"))


def say(rng: random.Random, template: str, **slots: str) -> str:
    """Expand and fill a template."""
    return fill(expand(rng, template), slots)


def casual(rng: random.Random, text: str) -> str:
    """Write a text as people type it: often without capitals or a full stop, sometimes with a typo."""
    if rng.random() < 0.45:
        text = re.sub(r"(?<!\{)\b[A-Z]", lambda m: m[0].lower(), text)
    if rng.random() < 0.4:
        text = text.rstrip(".!?。！？")
    if rng.random() < 0.15:
        text = text.replace("'", "")
    if rng.random() < 0.12:
        text = text.replace("you are", "u are").replace(" you ", " u ").replace(" are ", " r ")
    if rng.random() < 0.08:
        text = _slip(rng, text)
    return text


def _slip(rng: random.Random, text: str) -> str:
    """Swap, drop or double one letter outside the slots."""
    places = [m.start() for m in re.finditer(r"(?<=[a-z])[a-z](?=[a-z])", text)]
    slots = [range(m.start(), m.end()) for m in _SLOT.finditer(text)]
    places = [i for i in places if not any(i in slot or i + 1 in slot for slot in slots)]
    if not places:
        return text
    i = rng.choice(places)
    swapped = text[:i] + text[i + 1] + text[i] + text[i + 2 :]
    return rng.choice([swapped, text[:i] + text[i + 1 :], text[:i] + text[i] + text[i:]])


def ask(rng: random.Random, template: str, **slots: str) -> str:
    """Expand a user's template, write it casually, then fill it: slot values keep their spelling."""
    return fill(casual(rng, expand(rng, template)), slots)


@dataclass(slots=True)
class Document:
    """A training text: pieces with their loss weights. Pieces are cut before a space or after a blank line."""

    pieces: list[tuple[str, float]] = field(default_factory=list)

    def add(self, text: str, weight: float = REPLY) -> None:
        """Append a piece."""
        self.pieces.append((text, weight))

    @property
    def text(self) -> str:
        """The whole text."""
        return "".join(text for text, _ in self.pieces)


@dataclass(slots=True)
class Turn:
    """One line of a chat."""

    speaker: str
    text: str
    weight: float


@dataclass(slots=True)
class Talk:
    """A chat under construction.

    `memory` maps what the user has told ("name", "favourite food") to its value; acts write and read it.
    """

    rng: random.Random
    user: str = "User"
    bot: str = "Assistant"
    persona: str | None = None
    turns: list[Turn] = field(default_factory=list)
    memory: dict[str, str] = field(default_factory=dict)
    opening: str = ""

    def exchange(self, question: str, answer: str) -> None:
        """Append what the user says and what the bot answers."""
        self.turns.append(Turn(self.user, question, ASIDE))
        self.turns.append(Turn(self.bot, answer, REPLY))

    def chat(self, question: str, answer: str, **slots: str) -> None:
        """Append an exchange from two templates that share their slots."""
        self.exchange(ask(self.rng, question, **slots), say(self.rng, answer, **slots))

    def document(self, gap: str = "\n\n", colon: str = ":") -> Document:
        """Render as ``Speaker: text`` with a blank line after every turn (or `gap` between question and answer)."""
        document = Document()
        if self.opening:
            document.add(self.opening + "\n\n", ASIDE)
        for turn in self.turns:
            document.add(f"{turn.speaker}{colon}", ASIDE)
            end = "\n\n" if turn.speaker == self.bot or gap == "\n\n" else gap
            document.add(f" {turn.text}" if colon == ":" else turn.text, turn.weight)
            document.add(end, 1.0)
        return document
