"""The first minutes of a chat: greetings, greetings again, single words, emoji, and any answer to the bot's questions."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field

from training.corpus import word_pool
from training.grammar import chinese, japanese, names, phrases, smalltalk
from training.grammar.phrases import Exchange
from training.grammar.talk import Document, Talk, ask, say

SUBJECTS = ("name", "mood", "subject")
"""What a greeting may ask for."""


@dataclass(frozen=True, slots=True)
class FirstMinutes:
    """One language: its folder of phrase files, the speakers, names, and any other exchange."""

    folder: str
    speakers: tuple[tuple[str, str], ...]
    name: Callable[[random.Random], str]
    other: Callable[[Talk], None]

    def lines(self, heading: str) -> tuple[str, ...]:
        """The lines under a heading."""
        return phrases.plain(self.folder, heading)

    def exchanges(self, heading: str) -> list[Exchange]:
        """The messages under a heading with their answers."""
        return [pair for _, pairs in phrases.read(self.folder)[heading].blocks for pair in pairs]


def _english_name(rng: random.Random) -> str:
    return names.usual(rng) if rng.random() < 0.6 else names.name(rng, word_pool())


ENGLISH = FirstMinutes(
    folder="first_minutes/english",
    speakers=(("User", "Assistant"),) * 6 + (("Human", "AI"), ("User", "Bot"), ("User", "Roost"), ("Bob", "Alice")),
    name=_english_name,
    other=smalltalk.chat,
)
CHINESE = FirstMinutes(
    folder="first_minutes/chinese",
    speakers=(("User", "Assistant"),) * 3 + (("用户", "助手"),) * 3 + (("User", "Roost"),),
    name=names.chinese_name,
    other=chinese.LANGUAGE.filler,
)
JAPANESE = FirstMinutes(
    folder="first_minutes/japanese",
    speakers=(("User", "Assistant"),) * 3 + (("ユーザー", "アシスタント"),) * 3 + (("User", "Roost"),),
    name=names.japanese_name,
    other=japanese.LANGUAGE.filler,
)


@dataclass(slots=True)
class Meeting:
    """A chat that has just begun: how often it was greeted, what the bot has asked, and the last single message."""

    language: FirstMinutes
    talk: Talk
    greeted: int = 0
    asked: str = ""
    last: Exchange | None = field(default=None)

    def go_on(self) -> None:
        """The next message and its answer."""
        rng = self.talk.rng
        roll = rng.random()
        asked, self.asked = self.asked, ""
        if (self.greeted == 0 and roll < 0.75) or roll < 0.22:
            self._greet()
        elif asked and roll < 0.62:
            self._answer(asked)
        elif roll < 0.8:
            self._single()
        elif roll < 0.9:
            self._ask_for_name()
        else:
            self.language.other(self.talk)

    def _say(self, question: str, answer: str, **slots: str) -> None:
        rng = self.talk.rng
        text = ask(rng, question, **slots)
        while not text.strip():  # a message of nothing but the mark that `casual` leaves out
            text = say(rng, question, **slots)
        self.talk.exchange(text, say(rng, answer, **slots))

    def _greet(self) -> None:
        """A greeting; the answer shows that it is not the first one."""
        rng, lines = self.talk.rng, self.language.lines
        name = self.talk.memory.get("name", "")
        self.greeted += 1
        hello = rng.choice(lines("hello"))
        if name and rng.random() < 0.6:
            self._say(hello, rng.choice(lines("name greeted")), x=name)
            return
        if self.greeted > 2:
            self._say(hello, rng.choice(lines("often answers")))
            return
        self.asked = rng.choice([*SUBJECTS[bool(name) :], "nothing"])
        first = "hello" if self.greeted == 1 else "again"
        self._say(hello, rng.choice(lines(f"{first} answers/{self.asked}")))

    def _answer(self, asked: str) -> None:
        """An answer to the bot's question; half of the people who are asked for their name give it."""
        rng = self.talk.rng
        if asked == "name" and rng.random() < 0.5:
            self._tell_name()
        elif asked != "nothing":
            self._say(*rng.choice(self.language.exchanges(f"asked {asked}")))
        else:
            self._single()

    def _tell_name(self) -> None:
        rng, lines = self.talk.rng, self.language.lines
        self.talk.memory["name"] = name = self.language.name(rng)
        self._say(rng.choice(lines("name told")), rng.choice(lines("name noted")), x=name)

    def _ask_for_name(self) -> None:
        """The name told, or asked for by the user."""
        rng, lines = self.talk.rng, self.language.lines
        name = self.talk.memory.get("name", "")
        if not name and rng.random() < 0.5:
            self._tell_name()
            return
        answers = lines("name answers" if name else "name unknown")
        self._say(rng.choice(lines("name asked")), rng.choice(answers), x=name)

    def _single(self) -> None:
        """A short message; now and then the same twice."""
        rng = self.talk.rng
        if self.last is None or rng.random() < 0.8:
            self.last = rng.choice(self.language.exchanges("single"))
        self._say(*self.last)


def document(rng: random.Random, language: FirstMinutes) -> Document:
    """One to eight exchanges."""
    meeting = Meeting(language, Talk(rng, *rng.choice(language.speakers)))
    for _ in range(rng.choice([1, 2, 3, 3, 4, 5, 6, 8])):
        meeting.go_on()
    return meeting.talk.document()


def english(rng: random.Random) -> Document:
    """A chat in English that has just begun."""
    return document(rng, ENGLISH)


def chinese_chat(rng: random.Random) -> Document:
    """The same in Chinese."""
    return document(rng, CHINESE)


def japanese_chat(rng: random.Random) -> Document:
    """The same in Japanese."""
    return document(rng, JAPANESE)
