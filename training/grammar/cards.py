"""Cards of any shape: the opening as the bot builds it from a card, then turns in character.

Lore is read before a line and an author's note after it, as the bot reads them before a reply.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from bot.library.characters.definition import Character
from bot.library.characters.opening import OpeningOptions, make_opening
from bot.library.prompts import GAP, clean_text
from training.grammar import phrases
from training.grammar.scenes import WARM, Member, SceneLanguage, manner, with_capitals
from training.grammar.talk import ASIDE, REPLY, Document, casual, expand, fill, say

Asked = tuple[Sequence[str], Sequence[str], dict[str, str]]
"""Questions, their answers, and the values of both."""


@dataclass(slots=True)
class Play:
    """A chat with a character under construction."""

    rng: random.Random
    language: SceneLanguage
    folder: str
    member: Member
    user: str
    actions: bool
    known: list[Asked] = field(default_factory=list)
    document: Document = field(default_factory=Document)

    def lines(self, heading: str) -> tuple[str, ...]:
        """The lines under a heading."""
        return phrases.plain(self.folder, heading)

    def values(self) -> dict[str, str]:
        """Values for any template, a line in the character's manner among them."""
        slots = self.language.draw(self.rng) | {
            "me": self.member.name, "bot": self.member.name, "other": self.member.name, "user": self.user,
            "role": self.member.role, "trait": self.member.trait, "line": manner(self.language, self.rng, self.member),
        }  # fmt: skip
        return with_capitals(slots)

    def exchange(self, question: str, answer: str, lore: str = "", note: str = "") -> None:
        """A turn and its reply; `lore` is read before it and `note` after it."""
        if lore:
            self.document.add(f"{clean_text(lore)}{GAP}", ASIDE)
        self.document.add(f"{self.user}:", ASIDE)
        self.document.add(f" {clean_text(question)}{GAP}", ASIDE)
        if note:
            self.document.add(f"{clean_text(note)}{GAP}", ASIDE)
        self.document.add(f"{self.member.name}:", ASIDE)
        self.document.add(f" {clean_text(answer)}", REPLY)
        self.document.add(GAP, REPLY)

    def spoken(self, answer: str) -> str:
        """A reply, with a gesture if this card's replies have them."""
        if not self.actions or self.rng.random() < 0.3 or "*" in answer:
            return answer
        action = say(self.rng, self.rng.choice(phrases.read(self.folder)["actions"].marked("-")), **self.values())
        return f"{action} {answer}" if self.rng.random() < 0.7 else f"{answer} {action}"

    def in_manner(self, answer: str) -> str:
        """A reply, half of the time with a sentence in the character's manner."""
        if self.rng.random() < 0.45:
            return answer
        parts = [answer, manner(self.language, self.rng, self.member)]
        self.rng.shuffle(parts)
        return self.language.join.join(parts)


def play(language: SceneLanguage, folder: str, rng: random.Random, labels: Sequence[str]) -> Document:
    """A card and four to eleven turns with it."""
    member = Member(language.name(rng), rng.choice(language.roles), rng.choice(list(language.manners)), player=False)
    user = rng.choice(labels) if rng.random() < 0.65 else language.name(rng)
    if user == member.name:
        user = labels[0]
    written = Play(rng, language, folder, member, user, actions=rng.random() < 0.25)
    written.document.add(f"{_opening(written)}{GAP}", ASIDE)
    for _ in range(rng.randint(4, 11)):
        turn(written)
    return written.document


def informed(language: SceneLanguage, folder: str, rng: random.Random, labels: Sequence[str]) -> Document:
    """A short card and turns mostly about what was read: lore before a line, scenario, persona, facts."""
    member = Member(language.name(rng), rng.choice(language.roles), rng.choice(list(language.manners)), player=False)
    user = labels[0] if rng.random() < 0.8 else language.name(rng)
    written = Play(rng, language, folder, member, labels[0] if user == member.name else user, actions=False)
    written.document.add(f"{_opening(written)}{GAP}", ASIDE)
    for _ in range(rng.randint(2, 6)):
        roll = rng.random()
        if roll < 0.55:
            _lore(written)
        elif roll < 0.8 and written.known:
            asked, answers, slots = rng.choice(written.known)
            answer = written.in_manner(answered(written, answers, slots))
            written.exchange(asked_by(written, asked, slots), answer)
        else:
            turn(written)
    return written.document


def _opening(written: Play) -> str:
    """The card's opening, as the bot builds it."""
    rng, member = written.rng, written.member
    first_person = rng.random() < 0.2
    facts = _facts(written, rng.choice([0, 0, 1, 1, 2, 3, 4]), "1" if first_person else "=")
    shapes = phrases.read(written.folder)["shapes"].groups[0]["1" if first_person else "="]
    description = say(rng, rng.choice(shapes), **written.values() | {"facts": facts}).strip()
    scenario = _known(written, "scenarios") if rng.random() < 0.4 else ""
    persona = _known(written, "personas") if rng.random() < 0.3 else ""
    greeting = say(rng, rng.choice(written.lines("greetings")), **written.values()) if rng.random() < 0.7 else ""
    greeting = written.spoken(greeting) if greeting else ""
    examples = ""
    if rng.random() < 0.15:
        asked, answers, slots = about_self(written)
        examples = (
            f"{{{{user}}}}: {say(rng, rng.choice(asked), **slots)}\n{{{{char}}}}: {answered(written, answers, slots)}"
        )
    card = Character(
        id="card", name=member.name, char=member.name, description=description, scenario=scenario, examples=examples,
        greetings=(greeting,) if greeting else (),
    )  # fmt: skip
    if rng.random() < 0.2:
        card = replace(card, description=description, personality=f"{member.trait}")
    return make_opening(card, OpeningOptions(user=written.user, persona=persona), rng).text


def _facts(written: Play, count: int, mark: str) -> str:
    groups = written.rng.sample(phrases.read(written.folder)["facts"].groups, count)
    said = []
    for group in groups:
        slots = written.values()
        said.append(say(written.rng, written.rng.choice(group[mark]), **slots))
        written.known.append((group["?"], group["!"], slots))
    return written.language.join.join(said)


def _known(written: Play, heading: str) -> str:
    """A sentence about the scenario or the person, to be asked about later."""
    group, slots = written.rng.choice(phrases.read(written.folder)[heading].groups), written.values()
    written.known.append((group["?"], group["!"], slots))
    return say(written.rng, written.rng.choice(group["="]), **slots)


def answered(written: Play, answers: Sequence[str], slots: dict[str, str]) -> str:
    return fill(expand(written.rng, written.rng.choice(answers)), slots)


def about_self(written: Play) -> Asked:
    heading = written.rng.choice(["who", "who", "like", "like", "work", "work"])
    return written.lines(heading), written.lines(f"{heading} answers"), written.values()


def turn(written: Play) -> None:
    """One turn: about the character, about what is known, with lore, with a note, or anything that people say."""
    rng = written.rng
    roll = rng.random()
    if roll < 0.22:
        asked, answers, slots = about_self(written)
        written.exchange(asked_by(written, asked, slots), written.spoken(answered(written, answers, slots)))
    elif roll < 0.45 and written.known:
        asked, answers, slots = rng.choice(written.known)
        answer = written.in_manner(answered(written, answers, slots))
        written.exchange(asked_by(written, asked, slots), written.spoken(answer))
    elif roll < 0.6:
        _lore(written)
    elif roll < 0.7:
        mood(written)
    else:
        remark(written)


def asked_by(written: Play, questions: Sequence[str], slots: dict[str, str]) -> str:
    rng = written.rng
    return fill(casual(rng, expand(rng, rng.choice(questions))), slots)


def _lore(written: Play) -> None:
    """A fact read right before the line that asks for it, sometimes between two others."""
    rng = written.rng
    if rng.random() < 0.6:
        facts = [written.language.fact(rng) for _ in range(rng.choice([1, 1, 2]))]
        question, answer = rng.choice(facts[0][1])
        rng.shuffle(facts)
        text = "\n".join(sentence for sentence, _, _ in facts)
        written.exchange(question, written.spoken(written.in_manner(answer)), lore=text)
        return
    groups = [*phrases.read(written.folder)["lore"].groups, *phrases.read(written.folder)["facts"].groups]
    group, *others = rng.sample(groups, rng.choice([1, 1, 1, 2, 3]))
    slots = written.values()
    lore = [say(rng, rng.choice(group["="]), **slots)]
    lore += [say(rng, rng.choice(other["="]), **written.values()) for other in others]
    rng.shuffle(lore)
    answer = written.in_manner(answered(written, group["!"], slots))
    text = (GAP if rng.random() < 0.5 else "\n").join(lore)
    for part in text.split(GAP)[:-1]:
        written.document.add(f"{part}{GAP}", ASIDE)
    written.exchange(asked_by(written, group["?"], slots), written.spoken(answer), lore=text.split(GAP)[-1])


def mood(written: Play) -> None:
    """A note after the line says how the character feels, and the reply shows it."""
    rng = written.rng
    moods = [heading for heading in phrases.read(written.folder) if heading.startswith("moods/")]
    heading = rng.choice(moods)
    slots = written.values() | {"mood": heading.removeprefix("moods/")}
    lines = [say(rng, line, **slots) for line in rng.sample(phrases.read(written.folder)[heading].marked("-"), 2)]
    note = say(rng, rng.choice(written.lines("notes")), **slots)
    question, answer = _said(written)
    parts = rng.choice([lines[:1], lines, [answer, lines[0]], [lines[0], answer]])
    written.exchange(question, written.language.join.join(parts), note=note)


def _said(written: Play) -> tuple[str, str]:
    """What people say in a scene, and an answer in the character's tone."""
    rng, language = written.rng, written.language
    groups = [group for group in language.section("lines").groups if not _staged(group)]
    group = rng.choice(groups)
    place, *things = rng.choice(rng.choice(language.section("settings").groups)[";"]).split("|")
    slots = written.values()
    slots = with_capitals(slots | {"thing": rng.choice(things), "place0": place, "third": language.name(rng),
                                   "role2": rng.choice(language.roles)})  # fmt: skip
    question = fill(casual(rng, expand(rng, rng.choice(group[">"]))), slots)
    tone = language.tones.get(written.member.trait, WARM)
    answer = answered(written, group.get(tone, group[WARM]), slots | {"other": written.user})
    return question, answer


def _told(written: Play) -> tuple[str, str]:
    """A fact of any kind, and an answer that takes up a word of it."""
    rng, language = written.rng, written.language
    text, _, values = language.fact(rng)
    if not values:
        return _said(written)
    value = rng.choice(values)
    tone = language.tones.get(written.member.trait, WARM)
    slots = {"v": value, "V": value[:1].upper() + value[1:], "other": written.user}
    return text, answered(written, language.section("echoes").groups[0][tone], slots)


def _staged(group: dict[str, tuple[str, ...]]) -> bool:
    """Whether a group of lines needs a scene around it."""
    return any("{thing}" in line or "{third}" in line for line in group[">"])


def remark(written: Play) -> None:
    """Something that people say, answered in the character's tone and manner."""
    rng = written.rng
    question, answer = _told(written) if rng.random() < 0.35 else _said(written)
    line = manner(written.language, rng, written.member)
    parts = rng.choice([[answer], [answer, line], [line, answer], [answer, line]])
    written.exchange(question, written.spoken(written.language.join.join(parts)))
