"""Questions about unseen scenes and cards, in the formats that the bot uses.

The sentences are in `questions/scenes.txt`; names, roles and traits are drawn at random. `questions/blind_scenes.txt`
contains whole scenes and cards instead, written by someone who had read none of the training texts. A line **touches**
the last one or the setting if they share a word of four or more letters (compared by the first four); a trait is
**shown** if the line contains the trait's word, one of its sentences in `grammar` or the beginning of one.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import cycle, islice
from pathlib import Path

from bot.chat.cast import opening_text
from bot.chat.scene_stage import cue, said
from bot.library.characters.definition import Character
from bot.library.characters.opening import OpeningOptions, make_opening
from bot.library.prompts import GAP
from training.evaluate import in_manner
from training.generate import CUT, Writer
from training.grammar import characters, names

QUESTIONS = Path(__file__).with_name("questions") / "scenes.txt"
MESSAGES = QUESTIONS.with_name("messages.txt")
BLIND, BLIND_MESSAGES = (path.with_name(f"blind_{path.name}") for path in (QUESTIONS, MESSAGES))
Told = Mapping[str, Sequence[str]]
LONG = 80
"""Tokens that a line may have."""


def read(path: Path = QUESTIONS) -> dict[str, list[str]]:
    """Return the lines of a file by heading."""
    found: dict[str, list[str]] = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("# "):
            found[line[2:]] = []
        elif line:
            found[list(found)[-1]].append(line)
    return found


def _people(rng: random.Random, count: int) -> list[tuple[str, str, str]]:
    """(name, role, trait) of so many people."""
    drawn = rng.sample(names.HELD_OUT_REAL, count)
    return [(name, rng.choice(characters.ROLES), rng.choice(list(characters.MANNERS))) for name in drawn]


def _text(person: tuple[str, str, str]) -> str:
    name, role, trait = person
    return f"{name} is a {trait} {role}."


def _stems(text: str) -> set[str]:
    return {word[:4].lower() for word in re.findall(r"[A-Za-z]{4,}", text)}


def _scene(rng: random.Random, told: Told) -> list[str]:
    """[setting, a first line, the line that is answered]."""
    if "scenes" in told:
        return rng.choice(told["scenes"]).split("|")
    return [rng.choice(told["settings"]), *rng.sample(told["last lines"], 2)]


def scenes(writer: Writer, count: int = 60, seed: int = 93_001, told: Told | None = None) -> dict[str, float]:
    """Return the shares for lines in scenes of three people."""
    rng, told = random.Random(seed), told or read()
    prompts, casts, heard = [], [], []
    for _ in range(count):
        cast = _people(rng, 3)
        setting, first, last = _scene(rng, told)
        shared = rng.random() < 0.5
        opening = opening_text([_text(person) for person in (cast if shared else cast[2:])], setting)
        spoken = "".join(cue(n) + said(n, line) for (n, _, _), line in zip(cast, (first, last), strict=False))
        prompts.append(f"{opening}{spoken}{cue(cast[2][0])}")
        casts.append(cast)
        heard.append(f"{last} {setting}")
    drawn = [writer.replies(prompts, 0.7, longest=LONG) for _ in range(4)]
    lines = list(zip(casts, heard, drawn[0], strict=True))
    return {
        "scenes: touches the last line or the setting": _share(bool(_stems(x) & _stems(h)) for _, h, x in lines),
        "scenes: shows its trait": _share(_shows(cast[2][2], line) for cast, _, line in lines),
        "scenes: never speaks for another": _share(
            not any(f"{name}:" in line for name, _, _ in cast) and not line.endswith(CUT) for cast, _, line in lines
        ),
        "scenes: four candidates differ": _share(len(set(four)) == 4 for four in zip(*drawn, strict=True)),
    }


def _share(hits: Iterable[bool]) -> float:
    values = list(hits)
    return sum(values) / len(values)


def _shows(trait: str, line: str) -> bool:
    return trait in line.lower() or (trait in characters.MANNERS and in_manner(trait, line))


def secrets(writer: Writer, count: int = 60, seed: int = 93_002, told: Told | None = None) -> dict[str, float]:
    """Measure whether whispers are known to those who heard them, and to nobody else."""
    rng, told = random.Random(seed), told or read()
    knowing: list[str] = []
    others: list[str] = []
    wanted: list[str] = []
    for _ in range(count):
        (teller, *_), (hearer, *_), (third, *_) = people = _people(rng, 3)
        secret, question, answer = rng.choice(told["secrets"]).split("|")
        setting, _, chat = _scene(rng, told)
        for asked, person, prompts in ((hearer, people[1], knowing), (third, people[2], others)):
            whisper = cue(teller) + said(teller, f"{hearer}, only you may know: {secret}") if asked == hearer else ""
            between = cue(third) + said(third, chat)
            ask = cue(teller) + said(teller, f"{asked}, {question[0].lower()}{question[1:]}")
            prompts.append(opening_text([_text(person)], setting) + whisper + between + ask + cue(asked))
        wanted.append(answer)
    known = [a.lower() in x.lower() for a, x in zip(wanted, writer.replies(knowing, longest=LONG), strict=True)]
    leaked = [a.lower() in x.lower() for a, x in zip(wanted, writer.replies(others, longest=LONG), strict=True)]
    return {
        "scenes: a whisper is known to who heard it": _share(known),
        "scenes: and to nobody else": 1 - _share(leaked),
    }


@dataclass(frozen=True, slots=True)
class AskedCard:
    """A card, and a question about its scenario with the answer."""

    card: Character
    trait: str
    question: str
    answer: str


def _drawn_cards(rng: random.Random, told: Told, count: int) -> list[AskedCard]:
    """Return cards for drawn people if the file has none; otherwise cycle through the file's cards."""
    if "cards" in told:
        return [_card(*line.split("|")) for line in islice(cycle(told["cards"]), count)]
    found = []
    for person in _people(rng, min(count, len(names.HELD_OUT_REAL))):
        scenario, question, answer = rng.choice(told["scenarios"]).split("|")
        greeting = "Good day! What can I do for you?"
        found.append(_card(person[0], _text(person), scenario, greeting, person[2], question, answer))
    return found


def _card(
    name: str, description: str, scenario: str, greeting: str, trait: str, question: str, answer: str
) -> AskedCard:
    description, scenario = (
        text.replace("{user}", "{{user}}").replace("{char}", "{{char}}") for text in (description, scenario)
    )
    card = Character(id="card", name=name, char=name, description=description, scenario=scenario,
                     greetings=(greeting,))  # fmt: skip
    return AskedCard(card, trait, question, answer)


def cards(writer: Writer, count: int = 60, seed: int = 93_003, told: Told | None = None) -> dict[str, float]:
    """Measure whether unseen cards keep name, trait and scenario over ten turns, and use lore read before a line."""
    rng, told = random.Random(seed), told or read()
    cast = _drawn_cards(rng, told, count)
    chats = [make_opening(each.card, OpeningOptions(), rng).text for each in cast]
    labels = [f"{GAP}{each.card.name}:" for each in cast]
    for line in range(7):
        lines = [rng.choice(told["small talk"]) for _ in cast]
        chats, spoken = _turn(writer, chats, labels, lines)
        if line == 3:
            middle = spoken
    chats, named = _turn(writer, chats, labels, ["What is your name?"] * len(cast))
    chats, liked = _turn(writer, chats, labels, ["What kind of person are you?"] * len(cast))
    _, placed = _turn(writer, chats, labels, [each.question for each in cast])
    lore = [rng.choice(told["lore"]).split("|") for _ in cast]
    with_lore = [f"{chat}{GAP}{fact}" for chat, (fact, _, _) in zip(chats, lore, strict=True)]
    _, used = _turn(writer, with_lore, labels, [question for _, question, _ in lore])
    return {
        "a card's name after seven turns": _share(each.card.name in x for each, x in zip(cast, named, strict=True)),
        "a card's trait after eight turns": _share(
            _shows(each.trait, f"{x} {y}") for each, x, y in zip(cast, liked, middle, strict=True)
        ),
        "a card's scenario after nine turns": _share(
            each.answer in x.lower() for each, x in zip(cast, placed, strict=True)
        ),
        "lore is used": _share(a.lower() in x.lower() for (_, _, a), x in zip(lore, used, strict=True)),
    }


def _turn(
    writer: Writer, chats: Sequence[str], labels: Sequence[str], lines: Sequence[str]
) -> tuple[list[str], list[str]]:
    prompts = [f"{chat}{GAP}User: {line}{label}" for chat, line, label in zip(chats, lines, labels, strict=True)]
    replies = writer.replies(prompts, longest=LONG)
    return [f"{prompt} {reply.removesuffix(CUT)}" for prompt, reply in zip(prompts, replies, strict=True)], replies


def figures(writer: Writer, quick: bool = False) -> Iterator[dict[str, float]]:
    """Yield all figures, part by part; `quick` asks a third of the questions."""
    count = 20 if quick else 60
    yield scenes(writer, count)
    yield secrets(writer, count)
    yield cards(writer, count)


def blind_figures(writer: Writer, quick: bool = False) -> Iterator[dict[str, float]]:
    """Yield the same figures for the blind file."""
    count, told = 24 if quick else 72, read(BLIND)
    yield _blind(scenes(writer, count, 94_001, told=told))
    yield _blind(secrets(writer, count, 94_002, told=told))
    yield _blind(cards(writer, count, 94_003, told=told))


def _blind(figures: Mapping[str, float]) -> dict[str, float]:
    return {f"{name}, blind": share for name, share in figures.items()}
