"""What Chinese and Japanese share: a language's wordings (a phrase file), values and names, and the talks made of them."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from training.grammar import names, phrases
from training.grammar.phrases import Exchange
from training.grammar.talk import Document, Talk, say

Fact = tuple[str, str, str, str, str]
"""The key of a thing to remember; how it is told, noted, asked for and answered."""


@dataclass(frozen=True)
class Language:
    """One language.

    `file` names the phrase file; `name` draws a name; `values` holds the words for each slot of a template; `told`
    are the first wordings of what is remembered (its first entry being the name), `pairs` of small talk; `manners`
    gives sentences by trait, beside those of the phrase file; `repeat` asks for ``{x}`` to be said.
    """

    file: str
    name: Callable[[random.Random], str]
    values: Mapping[str, Sequence[str]]
    told: tuple[Fact, ...]
    pairs: tuple[Exchange, ...]
    manners: Mapping[str, tuple[str, ...]]
    roles: Sequence[str]
    capitals: Mapping[str, str]
    capital: Exchange
    repeat: Exchange

    def _lines(self, heading: str) -> tuple[str, ...]:
        return phrases.plain(self.file, heading)

    def traits(self) -> dict[str, tuple[str, ...]]:
        """Sentences in the manner of each trait."""
        written = {
            heading.removeprefix("manners/"): section.marked("-")
            for heading, section in phrases.read(self.file).items()
            if heading.startswith("manners/")
        }
        return {trait: (*self.manners.get(trait, ()), *written.get(trait, ())) for trait in {**self.manners, **written}}

    def draw(self, rng: random.Random) -> dict[str, str]:
        """Values for the slots of any template."""
        drawn = {slot: rng.choice(values) for slot, values in self.values.items()}
        return drawn | {"n": self.name(rng), "m": self.name(rng), "who": self.name(rng), "k": str(rng.randint(2, 99))}

    def value(self, rng: random.Random, key: str) -> str:
        """A value to remember: from a list, a number, or a name."""
        slot = {"food": "f", "colour": "col", "city": "c", "hobby": "hobby", "job": "j"}.get(key)
        if key == "number":
            return str(rng.randint(1, 999))
        return rng.choice(self.values[slot]) if slot else self.name(rng)

    def reworded(self, rng: random.Random, fact: Fact) -> Fact:
        """A thing to remember, reworded."""
        key, *first = fact
        if key == "name":
            headings = ("name tell", "name noted", "name ask", "name answer")
            written = [self._lines(heading) for heading in headings]
        elif (heading := f"things/{key}") in phrases.read(self.file):
            written = [phrases.read(self.file)[heading].marked(mark) for mark in "+=?!"]
        else:
            return fact
        told, noted, asked, answer = (phrases.wording(rng, w, f) for w, f in zip(written, first, strict=True))
        return key, told, noted, asked, answer

    def filler(self, talk: Talk) -> None:
        """Small talk: of the first pairs, a written exchange or a whole written flow, a capital, a sum."""
        rng = talk.rng
        roll = rng.random()
        if roll < 0.35:
            talk.chat(*rng.choice(self.pairs), **self.draw(rng))
        elif roll < 0.85:
            _, exchanges = rng.choice(phrases.read(self.file)["talk"].blocks)
            for question, answer in exchanges:
                talk.chat(question, answer, **self.draw(rng))
        elif roll < 0.95:
            country, city = rng.choice(list(self.capitals.items()))
            talk.chat(*self.capital, country=country, city=city)
        else:
            talk.chat("{a}+{b}=[?|]", "{s}", **_sum(rng))

    def fact(self, rng: random.Random) -> tuple[str, list[Exchange], list[str]]:
        """One sentence, its questions with answers, and the values in it."""
        sentence, pairs = rng.choice(phrases.read(self.file)["contexts"].blocks)
        slots = self.draw(rng)
        asked = [(say(rng, question, **slots), say(rng, answer, **slots)) for question, answer in pairs]
        return say(rng, sentence, **slots), asked, [slots[key] for key in "nmofpac" if f"{{{key}}}" in sentence]

    def context(self, talk: Talk) -> None:
        """A sentence and questions on it; sometimes a question alone, or one that the sentence does not answer."""
        rng = talk.rng
        slots = self.draw(rng)
        blocks = phrases.read(self.file)["contexts"].blocks
        sentence, pairs = rng.choice(blocks)
        unknown = rng.choice(self._lines("unknown"))
        if rng.random() < 0.25:
            talk.chat(rng.choice(pairs)[0], unknown, **slots)
            return
        asked = rng.sample(pairs, rng.randint(1, len(pairs)))
        passage = say(rng, sentence, **slots)
        if not talk.turns and not talk.opening and rng.random() < 0.5:
            talk.opening, passage = passage, ""
        for question, answer in asked:
            talk.exchange(passage + say(rng, question, **slots), say(rng, answer, **slots))
            passage = ""
        if rng.random() < 0.15:
            talk.chat(rng.choice(blocks)[1][0][0], unknown, **self.draw(rng))

    def unasked_name(self, talk: Talk) -> None:
        """The user asks for a name that was never told."""
        asked = phrases.wording(talk.rng, self._lines("name ask"), self.told[0][3])
        talk.chat(asked, talk.rng.choice(self._lines("not told")))

    def memory(self, talk: Talk, fillers: int) -> None:
        """Things told and asked for, with up to `fillers` exchanges of small talk after each."""
        rng = talk.rng
        facts = rng.sample(self.told[1:], rng.randint(0, 4))
        if not facts or rng.random() < 0.85:
            facts.insert(rng.randrange(len(facts) + 1), self.told[0])
        values = [
            ({"x": self.value(rng, fact[0]), "a": rng.choice(self.values["a"])}, self.reworded(rng, fact))
            for fact in facts
        ]
        for slots, (_, told, noted, *_) in values:
            talk.chat(told, noted, **slots)
            if rng.random() < 0.3:
                talk.chat(*self.repeat, x=self.name(rng))
            for _ in range(rng.randint(0, fillers)):
                self.filler(talk)
        rng.shuffle(values)
        for slots, (key, *_, asked, answer) in values:
            talk.chat(asked, answer, **slots)
            if key == "name":
                talk.memory["name"] = slots["x"]

    def named(self, rng: random.Random) -> Document:
        """A name told and asked for repeatedly: dense practice in copying characters."""
        talk = Talk(rng, *rng.choice([("User", "Assistant"), ("User", "Assistant"), ("Bob", "Alice")]))
        if rng.random() < 0.08:
            self.unasked_name(talk)
        for _ in range(rng.choice([1, 1, 2, 2, 3])):
            x = self.name(rng)
            _, told, noted, *_ = self.reworded(rng, self.told[0])
            talk.chat(told, noted, x=x)
            if rng.random() < 0.4:
                talk.chat(*self.repeat, x=self.name(rng))
            for _ in range(rng.choice([0, 0, 0, 1, 1, 2, 4, 6])):
                self.filler(talk)
            for _ in range(rng.randint(1, 2)):
                *_, asked, answer = self.reworded(rng, self.told[0])
                talk.chat(asked, answer, x=x)
        return talk.document()

    def echoes(self, rng: random.Random) -> Document:
        """Runs of arbitrary characters, repeated at once or later, so that each token learns to be copied."""
        talk = Talk(rng, *rng.choice([("User", "Assistant"), ("User", "Assistant"), ("Bob", "Alice")]))
        pool = names.characters(self.file)
        for _ in range(rng.randint(4, 12)):
            characters = (rng.choice(pool) if rng.random() < 0.8 else names.any_character(rng) for _ in range(4))
            x = "".join(islice(characters, rng.choice([1, 2, 2, 3, 3, 4])))
            _, told, noted, asked, answer = self.reworded(rng, self.told[0])
            if rng.random() < 0.6:
                talk.chat(*self.repeat, x=x)
                continue
            talk.chat(told, noted, x=x)
            if rng.random() < 0.6:
                talk.chat(asked, answer, x=x)
        return talk.document()

    def role_play(self, talk: Talk) -> None:
        """A character with a described trait, asked for its name, nature and trade between other lines."""
        rng = talk.rng
        manners = self.traits()
        trait = rng.choice(list(manners))
        talk.bot = self.name(rng)
        slots = {"bot": talk.bot, "user": talk.user, "trait": trait, "role": rng.choice(self.roles)}
        talk.opening = say(rng, rng.choice(self._lines("openings")), **self.draw(rng) | slots)
        for _ in range(rng.randint(3, 7)):
            values = self.draw(rng)
            line = say(rng, rng.choice(manners[trait]), **values | {"food": values["f"]})
            roll = rng.random()
            heading = "who" if roll < 0.25 else "like" if roll < 0.45 else "work" if roll < 0.65 else "lines"
            answer = "{line}" if heading == "lines" else rng.choice(self._lines(f"{heading} answers"))
            talk.chat(rng.choice(self._lines(heading)), answer, **values | slots | {"line": line})


def _sum(rng: random.Random) -> dict[str, str]:
    a, b = rng.randint(0, 20), rng.randint(0, 20)
    return {"a": str(a), "b": str(b), "s": str(a + b)}
