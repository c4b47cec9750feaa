"""Remembering: what a user tells (a name, a favourite, a number, a place) and asks for later in the same chat."""

from __future__ import annotations

import re

from training.grammar import names, phrases, words
from training.grammar.kinds import KINDS, NAME, Kind, code, title
from training.grammar.talk import Talk, say

_UNKNOWN = (
    (
        "[I don't know|You haven't told me|I don't think you told me|You never told me that|"
        "I'm sorry, I don't know that][.| yet.|. What is it?|. Please tell me!]"
    ),
    (
        "[I don't know your {key} yet. What is it?|You haven't told me your {key}.|"
        "You have not told me your {key} yet.|I don't know your {key}. Will you tell me?]"
    ),
)

_PET = "pet's name"
_ANIMALS = re.compile(
    r"\b(dog|cat|puppy|kitten|kitty|tomcat|hamster|guinea pig|rabbit|bunny|horse|pony|mare|parrot|canary|budgie|bird|"
    r"turtle|tortoise|snake|lizard|ferret|goldfish|mouse|hen)s?\b",
    re.IGNORECASE,
)
_WRITTEN = {
    "name": "name",
    "favourite": "favourite thing",
    "number": "number",
    _PET: "pet",
    "friend's name": "friend",
    "city": "city",
    "job": "job",
    "favourite colour": "colour",
    "secret word": "password",
    "plan": "plan",
}
"""The section of the phrase file for a kind's key."""


def _wording(talk: Talk, kind: Kind, first: str, mark: str) -> str:
    """One of the phrase file's wordings for a kind; sometimes, or if it has none, one from the template `first`."""
    if kind.key not in _WRITTEN:
        return first
    return phrases.wording(talk.rng, phrases.read("telling")[_WRITTEN[kind.key]].marked(mark), first, 0.6)


def _told_of_pet(talk: Talk, told: str) -> str:
    """Note which animal is told of; a dog may as well be another animal: the wordings fit any."""
    found = {match[1].lower() for match in _ANIMALS.finditer(told)}
    if found == {"dog"}:
        found = {talk.rng.choice(["dog", "dog", *words.PETS])}
        told = _of_pet(told, *found)
    talk.memory["pet"] = found.pop() if len(found) == 1 else "pet"
    return told


def _of_pet(template: str, animal: str) -> str:
    return re.sub(r"\bdog(?=s?\b)", animal, template).replace("Dog", animal.capitalize())


def value(talk: Talk, kind: Kind, pool: tuple[str, ...]) -> str:
    """Draw a value that the chat does not contain yet."""
    for _ in range(20):
        x = kind.make(talk.rng, pool)
        if x and x not in talk.memory.values():
            return x
    return kind.make(talk.rng, pool)


def tell(talk: Talk, kind: Kind, pool: tuple[str, ...]) -> None:
    """The user tells a value; the bot repeats it or takes note."""
    x = value(talk, kind, pool)
    known = kind.key in talk.memory
    told = _wording(talk, kind, kind.tell, "+")
    noted = _wording(talk, kind, kind.noted, "=")
    if kind.key == _PET:
        told = _told_of_pet(talk, told)
        noted = _of_pet(noted, talk.memory["pet"])
    template = f"[Actually, |No wait, |Sorry, |I was joking, |Correction: ]{told}" if known else told
    talk.chat(template, noted, x=x)
    talk.memory[kind.key] = x


def recall(talk: Talk, kind: Kind) -> None:
    """The user asks for a value; the bot gives it, or says that it was never told."""
    if kind.key in talk.memory:
        asked = _wording(talk, kind, kind.ask, "?")
        answer = _wording(talk, kind, kind.answer, "!")
        if kind.key == _PET:
            animal = talk.memory.get("pet", "pet")
            if talk.rng.random() < 0.3 or f"{animal}'s name" in talk.memory:
                animal = "pet"
            asked, answer = _of_pet(asked, animal), _of_pet(answer, animal)
        talk.chat(asked, answer, x=talk.memory[kind.key])
    elif kind is NAME and talk.rng.random() < 0.7:
        unknown = phrases.read("telling")["not told"]
        asked = talk.rng.choice([*unknown.marked("?"), kind.ask, _wording(talk, kind, kind.ask, "?")])
        talk.chat(asked, talk.rng.choice(unknown.marked("!")))
    else:
        talk.chat(_wording(talk, kind, kind.ask, "?"), talk.rng.choice(_UNKNOWN), key=kind.key)


def recall_known(talk: Talk) -> None:
    """Ask for one of the things already told, if any."""
    known = [kind for kind in (NAME, *KINDS) if kind.key in talk.memory]
    if known:
        recall(talk, talk.rng.choice(known))


def tell_many(talk: Talk, pool: tuple[str, ...]) -> None:
    """Several things told in one message."""
    kinds = talk.rng.sample((NAME, *KINDS), talk.rng.randint(2, 3))
    texts = []
    for kind in kinds:
        talk.memory[kind.key] = value(talk, kind, pool)
        plain = kind.tell.rsplit("[", 1)[0]
        texts.append(say(talk.rng, plain, x=talk.memory[kind.key]).strip())
    joined = talk.rng.choice([". ", ", and ", ". Also, ", ", "]).join(texts) + "."
    noted = (
        "[Okay, I'll remember all that.|That is a lot to remember, but I will.|Thanks for telling "
        "me!|Good to know.|Got it.]"
    )
    if "name" in talk.memory and kinds[0] is NAME:
        noted = (
            "[Nice to meet you, {name}!|Got it, {name}.|Thank you, {name}. I'll remember.|"
            "Hello {name}! That's good to know.]"
        )
    talk.exchange(joined, say(talk.rng, noted, name=talk.memory.get("name", "")))


def echo(talk: Talk, pool: tuple[str, ...]) -> None:
    """The user wants something repeated, spelt or greeted: plain copying."""
    rng = talk.rng
    x = rng.choice(
        [
            names.name(rng, pool),
            names.name(rng, pool),
            code(rng, pool),
            title(rng, pool),
            " ".join(rng.choice(pool or words.OBJECTS).lower() for _ in range(rng.randint(1, 4))),
        ]
    )
    talk.chat(
        *rng.choice(
            [
                (
                    "[Say|Please say|Repeat|Repeat after me:|Can you say|Say this:|Write|Please repeat:] {x}[.||!]",
                    "{x}[|.|!]",
                ),
                (
                    "[Say hello to|Greet|Say hi to|Please greet|Welcome] {x}[.|!||, please.]",
                    "[Hello, {x}!|Hi {x}!|Welcome, {x}!|Hello {x}, nice to meet you!]",
                ),
                (
                    "[Do you know|Have you heard of|Who is|Tell me about|What is|What do you know about] {x}?",
                    (
                        "[I don't know {x}. Tell me more!|I have never heard of {x}.|Sorry, I don't know anything "
                        "about {x}.|I don't know who or what {x} is. I am only a small demo model.]"
                    ),
                ),
                (
                    (
                        "[My friend|My sister|My dog|My boss|My teacher|Our cat] {x} [is here|says hi|"
                        "is funny|is ill today|likes you|is hungry]."
                    ),
                    "[Say hello to {x}!|Oh, {x}! Tell me more about {x}.|Greetings to {x}.|I hope {x} is well.]",
                ),
                (
                    "[Say goodbye to|Wish good night to|Say bye to] {x}.",
                    "[Goodbye, {x}!|Good night, {x}!|Bye, {x}. See you soon!]",
                ),
            ]
        ),
        x=x,
    )


def dense(talk: Talk, pool: tuple[str, ...]) -> None:
    """Many things told and asked for in a few lines, which teaches recall fastest."""
    rng = talk.rng
    kinds = rng.sample(KINDS, rng.randint(2, 5))
    if rng.random() < 0.7:
        kinds.insert(rng.randrange(len(kinds) + 1), NAME)
    if rng.random() < 0.3:
        tell_many(talk, pool)
    for kind in kinds:
        tell(talk, kind, pool)
        if rng.random() < 0.25:
            recall_known(talk)
        if rng.random() < 0.2:
            echo(talk, pool)
    rng.shuffle(kinds)
    for kind in kinds:
        recall(talk, kind)
    if rng.random() < 0.12:
        recall(talk, rng.choice(KINDS))
