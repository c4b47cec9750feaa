"""Scenes of two to six people in the bot's own format: descriptions, setting, then line after line.

With own memory a document is what one of them knows: their own description and the lines they heard. With shared
memory it is everything. Only lines that the model may have to write are imitated.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from bot.chat.cast import opening_text
from bot.chat.scene_stage import cue, said
from bot.library.prompts import GAP
from training.grammar import phrases
from training.grammar.talk import ASIDE, REPLY, Document, expand, fill, say

_NOUN = re.compile(r"\b(?:the|an?|my|your|her|his|this|that) ([a-z]{4,})\b")
WARM, SOUR, TIMID = "+", "-", "~"
"""The marks of replies in a phrase file: friendly, dismissive, hesitant."""


@dataclass(frozen=True, slots=True)
class SceneLanguage:
    """One language's scenes: the `folder` of phrase files, generators of names and values, and possible roles."""

    folder: str
    name: Callable[[random.Random], str]
    draw: Callable[[random.Random], dict[str, str]]
    manners: Mapping[str, Sequence[str]]
    tones: Mapping[str, str]
    roles: Sequence[str]
    narrators: Sequence[str]
    fact: Callable[[random.Random], tuple[str, list[tuple[str, str]], list[str]]]
    join: str = " "

    def section(self, heading: str) -> phrases.Section:
        """A section of the phrase files."""
        return phrases.read(self.folder)[heading]


@dataclass(frozen=True, slots=True)
class Member:
    """One of the cast."""

    name: str
    role: str
    trait: str
    player: bool


@dataclass(slots=True)
class Scene:
    """A scene being written."""

    rng: random.Random
    language: SceneLanguage
    cast: list[Member]
    place: str
    things: list[str]
    viewer: Member | None
    asked: Mapping[str, tuple[str, ...]] | None = None
    asked_of: Member | None = None
    slots: dict[str, str] = field(default_factory=dict)
    last: Member | None = None
    told: list[tuple[str, str, str]] = field(default_factory=list)  # by whom; a question, its answer
    secret: dict[str, str] = field(default_factory=dict)
    document: Document = field(default_factory=Document)

    def values(self, speaker: Member, other: Member) -> dict[str, str]:
        """Values for a line of `speaker` to `other`."""
        rng = self.rng
        rest = [m for m in self.cast if m not in (speaker, other)] or [other]
        drawn = self.language.draw(rng) | {
            "thing": rng.choice(self.things), "place0": self.place, "third": rng.choice(rest).name,
            "role2": rng.choice(self.language.roles),
        }  # fmt: skip
        return with_capitals(drawn | self.own(speaker, other))

    def fits(self, line: str) -> bool:
        """Whether there are enough people for a third one to be named."""
        return len(self.cast) > 2 or "{third}" not in line

    def own(self, speaker: Member, other: Member) -> dict[str, str]:
        """What a line says about its speaker and its addressee."""
        return {"me": speaker.name, "bot": speaker.name, "other": other.name, "role": speaker.role,
                "trait": speaker.trait}  # fmt: skip

    def add(self, speaker: Member, text: str, given: str = "") -> None:
        """Append a line; `given` is a forced beginning."""
        self.last = speaker
        written = not speaker.player and self.viewer in (None, speaker)
        self.document.add(cue(speaker.name).removeprefix(GAP), 0.3 if self.viewer is None else ASIDE)
        text = text[:1].upper() + text[1:]
        if given and text.startswith(given):
            self.document.add(f" {given}", ASIDE)
            self.document.add(text.removeprefix(given), REPLY if written else ASIDE)
        else:
            self.document.add(said(speaker.name, text), REPLY if written else ASIDE)
        self.document.add(GAP, REPLY)


def with_capitals(values: dict[str, str]) -> dict[str, str]:
    """The values, and each with a capital under its capitalised name."""
    return values | {key.capitalize(): value[:1].upper() + value[1:] for key, value in values.items()}


def manner(language: SceneLanguage, rng: random.Random, member: Member) -> str:
    """A sentence in somebody's manner."""
    return say(rng, rng.choice(language.manners[member.trait]), **with_capitals(language.draw(rng)))


def scene(language: SceneLanguage, rng: random.Random) -> Document:
    """One scene, whole."""
    setting = rng.choice(language.section("settings").groups)
    place, *things = rng.choice(setting[";"]).split("|")
    cast = _cast(language, rng)
    actors = [member for member in cast if not member.player]
    shared = rng.random() < 0.4
    viewer = None if shared else rng.choice(actors)
    told = [m for m in cast if viewer in (None, m) and not (m.player and rng.random() < 0.6)]
    texts = [description(language, rng, member) for member in told]
    opening = opening_text(texts, say(rng, rng.choice(setting["="])) if rng.random() < 0.9 else "")
    return go_on(Scene(rng, language, cast, place, things, viewer), opening)


def go_on(written: Scene, opening: str, lines: Sequence[tuple[str, str]] = ()) -> Document:
    """Four to twelve lines after the opening and the first lines, each (speaker, text)."""
    if opening:
        written.document.add(f"{opening}{GAP}", ASIDE)
    for speaker, text in lines:
        written.document.add(f"{cue(speaker).removeprefix(GAP)}{said(speaker, text)}{GAP}", ASIDE)
        written.last = next(member for member in written.cast if member.name == speaker)
    for _ in range(written.rng.randint(4, 12)):
        _line(written)
    return written.document


def _cast(language: SceneLanguage, rng: random.Random) -> list[Member]:
    count = rng.choice([2, 2, 3, 3, 3, 4, 4, 5, 6])
    names: list[str] = []
    while len(names) < count:
        if (name := language.name(rng)) not in names:
            names.append(name)
    player = rng.randrange(count) if rng.random() < 0.45 else -1
    return [
        Member(name, rng.choice(language.roles), rng.choice(list(language.manners)), i == player)
        for i, name in enumerate(names)
    ]


def description(language: SceneLanguage, rng: random.Random, member: Member) -> str:
    """A person's description in one line, as in a scene file or card."""
    lines = language.section("descriptions").marked("=")
    slots = with_capitals(language.draw(rng) | {"me": member.name, "role": member.role, "trait": member.trait})
    text = say(rng, rng.choice(lines), **slots)
    return text if member.name in text else f"{member.name} ({text})"


def _line(written: Scene) -> None:
    """The next line: an answer to the last one, a new beginning, both, a whisper, or the narrator's."""
    rng = written.rng
    roll = rng.random()
    if written.asked is None and roll < 0.08:
        _narrate(written)
    elif written.asked is None and roll < 0.2 and len(written.cast) > 2 and written.viewer is not None:
        _whisper(written, written.viewer)
    elif written.asked is None and written.secret and written.viewer and roll < 0.45:
        _ask_for_secret(written, written.viewer)
    elif written.asked is None and written.told and roll < 0.58:
        _ask_for_fact(written)
    elif written.asked is None and roll < 0.86:
        _tell(written)
    else:
        _say(written)


def _tell(written: Scene) -> None:
    """Somebody tells a fact of any kind; the answer takes up a word of it."""
    rng, language = written.rng, written.language
    text, questions, values = language.fact(rng)
    speaker = rng.choice([member for member in written.cast if member is not written.last])
    others = [member for member in written.cast if member is not speaker]
    listener = rng.choice(others)
    lead = expand(rng, rng.choice(language.section("leads").plain)) if rng.random() < 0.5 else "{text}"
    written.add(speaker, fill(lead, {"other": listener.name, "text": text}))
    question, answer = rng.choice(questions)
    written.told = [*written.told[-2:], (speaker.name, question, answer)]
    if nouns := _NOUN.findall(text):
        values = [*values, *(f"the {noun}" for noun in nouns)]
    if values:
        value = rng.choice(values)
        written.asked = language.section("echoes").groups[0]
        written.slots = {"v": value, "V": value[:1].upper() + value[1:], "me": speaker.name}
        written.asked_of = listener


def _ask_for_fact(written: Scene) -> None:
    """Somebody asks about something told or never told; a person who heard it answers."""
    rng, language = written.rng, written.language
    teller, question, answer = rng.choice(written.told)
    if unknown := rng.random() < 0.2:
        question = rng.choice(language.fact(rng)[1])[0]
    answering = written.viewer or rng.choice([member for member in written.cast if not member.player])
    askers = [member for member in written.cast if member is not answering]
    asker = next((member for member in askers if member.name == teller), rng.choice(askers))
    shape = rng.choice(language.section("asks").plain)
    written.add(asker, fill(expand(rng, shape), {"other": answering.name, "text": question}))
    if unknown:
        answer = expand(rng, rng.choice(language.section("not told").plain))
    parts = [answer] if rng.random() < 0.5 else [answer, manner(language, rng, answering)]
    written.add(answering, language.join.join(parts))


def _say(written: Scene) -> None:
    rng, language = written.rng, written.language
    speaker = written.asked_of or rng.choice([member for member in written.cast if member is not written.last])
    other = rng.choice([member for member in written.cast if member is not speaker])
    parts = [_answer(written, written.asked, speaker)] if written.asked else []
    written.asked = written.asked_of = None
    if not parts or rng.random() < 0.4:
        asked = rng.choice([group for group in language.section("lines").groups if written.fits(group[">"][0])])
        slots = written.values(speaker, other)
        parts.append(fill(expand(rng, rng.choice(asked[">"])), slots))
        if len(parts) == 1 and rng.random() < 0.25:
            parts.insert(0, manner(language, rng, speaker))
        written.asked, written.slots = asked, slots
        meant = other.name in parts[-1] or slots["third"] in parts[-1] or len(written.cast) == 2
        written.asked_of = other if meant else rng.choice([m for m in written.cast if m is not speaker])
    text = language.join.join(parts)
    words = text.split(" ")
    given = " ".join(words[: rng.randint(1, 3)]) if rng.random() < 0.08 and len(words) > 4 else ""
    written.add(speaker, text, given)


def _answer(written: Scene, asked: Mapping[str, tuple[str, ...]], speaker: Member) -> str:
    """A reply to the last line in the speaker's tone, often with a sentence in their manner."""
    rng, language = written.rng, written.language
    tone = language.tones.get(speaker.trait, WARM)
    replies = asked.get(tone) or asked[WARM]
    rest = written.values(speaker, speaker)
    kept = {key: value for key, value in written.slots.items() if key not in ("me", "bot", "role", "trait", "other")}
    asker = written.slots.get("me", "")
    slots = with_capitals(rest | kept | written.own(speaker, speaker) | {"other": asker or speaker.name})
    while not written.fits(reply := expand(rng, rng.choice(replies))):
        pass
    answer = fill(reply, slots)
    roll = rng.random()
    if roll < 0.3:
        return answer
    line = manner(language, rng, speaker)
    return language.join.join([line, answer] if roll < 0.55 else [answer, line])


def _narrate(written: Scene) -> None:
    rng = written.rng
    group = rng.choice(written.language.section("narrator").groups)
    narrator = Member(rng.choice(written.language.narrators), "", "", player=False)
    text = fill(expand(rng, rng.choice(group[">"])), slots := written.values(rng.choice(written.cast), narrator))
    if rng.random() < 0.2:  # no speaker
        written.document.add(f"{text}{GAP}", REPLY if written.viewer is None else ASIDE)
    else:
        written.add(narrator, text)
    written.asked, written.slots = group, slots | {"me": ""}
    written.asked_of = rng.choice(written.cast)


def _whisper(written: Scene, viewer: Member) -> None:
    """A line that only the viewer and one other person hear."""
    rng = written.rng
    other = rng.choice([member for member in written.cast if member is not viewer])
    group = rng.choice(written.language.section("secrets").groups)
    slots = written.values(other, viewer)
    written.add(other, fill(expand(rng, rng.choice(group["="])), slots))
    if rng.random() < 0.6:
        promise = rng.choice(written.language.section("promises").plain)
        written.add(viewer, fill(expand(rng, promise), written.values(viewer, other)))
    written.secret = slots | {"text": str(written.language.section("secrets").groups.index(group))}


def _ask_for_secret(written: Scene, viewer: Member) -> None:
    """The viewer is asked about what was whispered, or about something nobody told them."""
    rng = written.rng
    groups = written.language.section("secrets").groups
    teller = next((m for m in written.cast if m.name == written.secret["me"]), written.cast[0])
    known = rng.random() < 0.65
    place = int(written.secret["text"])
    group = groups[place] if known else rng.choice([g for i, g in enumerate(groups) if i != place])
    slots = written.secret | {"asked": viewer.name}
    written.add(teller, fill(expand(rng, rng.choice(group["?"])), slots))
    answers = group["!"] if known else written.language.section("not told").plain
    answer = fill(expand(rng, rng.choice(answers)), slots)
    parts = [answer] if rng.random() < 0.5 else [answer, manner(written.language, rng, viewer)]
    written.add(viewer, written.language.join.join(parts))
