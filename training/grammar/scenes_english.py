"""Scenes in English."""

from __future__ import annotations

import random

from training.corpus import word_pool
from training.grammar import cards, context, names, phrases, words
from training.grammar.characters import MANNERS, ROLES
from training.grammar.scenes import SOUR, TIMID, SceneLanguage, scene
from training.grammar.talk import Document

_SOUR = "grumpy proud sarcastic stubborn rude greedy jealous strict boastful lazy".split()
_TIMID = "shy sleepy clumsy mysterious nervous dramatic forgetful lonely".split()
_MORE_ROLES = (
    "smith|hunter|fisher|miller|nurse|soldier|judge|student|dancer|clown|magician|barber|mechanic|pilot|shepherd|"
    "butler|spy|engineer|beekeeper|poet|duke|goblin|giant|mermaid|samurai|potter|singer|gambler|postman|shopkeeper"
).split("|")

_ALL_ROLES = (*ROLES, *_MORE_ROLES)


def _name(rng: random.Random) -> str:
    return names.name(rng, word_pool()) if rng.random() < 0.35 else names.usual(rng)


_PLURALS = {"sheep": "sheep", "deer": "deer", "wolf": "wolves", "fox": "foxes", "octopus": "octopuses"}


def _draw(rng: random.Random) -> dict[str, str]:
    animal = rng.choice(words.ANIMALS)
    return {
        "noun": rng.choice(phrases.plain("scenes/english", "nouns")),
        "animals": _PLURALS.get(animal, f"{animal}s"),
        "food": rng.choice(words.FOODS), "object": rng.choice(words.OBJECTS), "place": rng.choice(words.PLACES),
        "animal": animal, "city": rng.choice(words.CITIES), "city2": names.syllables(rng),
        "place2": rng.choice(words.PLACES), "food2": rng.choice(words.FOODS), "drink": rng.choice(words.DRINKS), "col": rng.choice(words.COLOURS),
        "job": rng.choice(words.JOBS), "role2": rng.choice(_ALL_ROLES), "trait2": rng.choice(list(MANNERS)),
        "pet": names.usual(rng), "town": names.syllables(rng), "day": rng.choice(words.DAYS),
        "hair": rng.choice(("red", "black", "white", "grey", "short", "curly")),
        "instrument": rng.choice(("flute", "violin", "drum", "guitar", "piano", "trumpet", "harp")),
        "k": str(rng.randint(2, 99)), "h": str(rng.randint(1, 12)),
    }  # fmt: skip


ENGLISH = SceneLanguage(
    folder="scenes/english",
    name=_name,
    draw=_draw,
    manners=MANNERS,
    tones=dict.fromkeys(_SOUR, SOUR) | dict.fromkeys(_TIMID, TIMID),
    roles=_ALL_ROLES,
    fact=context.fact,
    narrators=("Narrator", "Narrator", "Storyteller", "Passer-by"),
)


_LABELS = ("User", "User", "User", "You", "Human", "Guest")


def played(rng: random.Random) -> Document:
    """A chat with the character of a card."""
    return cards.play(ENGLISH, "cards/english", rng, _LABELS)


def informed(rng: random.Random) -> Document:
    """A chat with a character about what was read."""
    return cards.informed(ENGLISH, "cards/english", rng, _LABELS)


def document(rng: random.Random) -> Document:
    """A scene in English."""
    return scene(ENGLISH, rng)
