"""Documents with the twelve bundled characters and the bundled scenes."""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from bot.chat.cast import opening_text
from bot.library.characters.character_folder import CharacterFolder
from bot.library.characters.definition import Character
from bot.library.characters.opening import OpeningOptions, make_opening
from bot.library.prompts import GAP
from bot.library.scenes.scene_folder import SceneFolder
from training.grammar import phrases
from training.grammar.cards import Play, about_self, answered, asked_by, remark
from training.grammar.scenes import Member, Scene, SceneLanguage, go_on
from training.grammar.scenes_chinese import CHINESE
from training.grammar.scenes_english import ENGLISH
from training.grammar.scenes_japanese import JAPANESE
from training.grammar.talk import ASIDE, Document

PROMPTS = Path(__file__).resolve().parents[2] / "prompts"
_FILE = "cards/bundled"
_LANGUAGES: dict[str, tuple[SceneLanguage, str]] = {
    "english": (ENGLISH, "User"),
    "chinese": (CHINESE, "User"),
    "japanese": (JAPANESE, "User"),
}


@dataclass(frozen=True, slots=True)
class _Known:
    """A bundled character, its description, and a question about its fact."""

    character: Character
    language: str
    member: Member
    questions: tuple[str, ...]
    answers: tuple[str, ...]


@cache
def _cast() -> dict[str, _Known]:
    folder = CharacterFolder([PROMPTS / "characters"])
    found = {}
    for heading, section in phrases.read(_FILE).items():
        if heading in ("", "scenes"):
            continue
        language, name, role, trait = section.marked(";")[0].split("|")
        member = Member(name, role, trait, player=False)
        found[name] = _Known(folder.load(heading), language, member, section.marked("?"), section.marked("!"))
    return found


def character(rng: random.Random) -> Document:
    """About ten turns with one of the characters; half of the cards say the fact that the lorebook holds."""
    known = rng.choice(list(_cast().values()))
    language, label = _LANGUAGES[known.language]
    user = label if rng.random() < 0.75 else language.name(rng)
    written = Play(rng, language, f"cards/{known.language}", known.member, user, actions=False)
    greeting = rng.randrange(len(known.character.greetings))
    options = OpeningOptions(user="" if user == label else user, greeting=greeting)
    book = known.character.book
    lore = book.entries[0].content if book else ""
    card = known.character
    if lore and rng.random() < 0.5:
        card = replace(card, description=language.join.join([card.description, lore]))
        lore = ""
    written.document.add(make_opening(card, options, rng).text + GAP, ASIDE)
    for _ in range(rng.randint(6, 12)):
        _turn(written, known, lore)
    return written.document


def _turn(written: Play, known: _Known, lore: str) -> None:
    """One turn; a question about the character's fact has `lore` before it, unless the card says it."""
    rng = written.rng
    roll = rng.random()
    if roll < 0.4:
        asked, answers, slots = about_self(written)
        written.exchange(asked_by(written, asked, slots), answered(written, answers, slots))
    elif roll < 0.62:
        answer = written.in_manner(answered(written, known.answers, written.values()))
        written.exchange(asked_by(written, known.questions, written.values()), answer, lore=lore)
    else:
        remark(written)


def scene(rng: random.Random) -> Document:
    """One of the scenes, as one of its cast or a narrator knows it."""
    name, place, *things = rng.choice(phrases.read(_FILE)["scenes"].marked(";")).split("|")
    found = SceneFolder([PROMPTS / "scenes"]).load(name)
    cast = [_cast()[member.name].member for member in found.cast]
    language, _ = _LANGUAGES[_cast()[cast[0].name].language]
    viewer = rng.choice([*cast, None])
    texts = [_text(member) for member in cast if viewer in (None, member)]
    lines = [(line.speaker, line.text) for line in found.lines]
    return go_on(Scene(rng, language, cast, place, things, viewer), opening_text(texts, found.setting), lines)


def _text(member: Member) -> str:
    card = replace(_cast()[member.name].character, greetings=(), fixed_labels=False)
    return make_opening(card, OpeningOptions(), random.Random(0)).text
