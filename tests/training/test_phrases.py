"""The phrase files: well-formed, complete, and without the evaluation's sentences."""

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from training import held_out
from training.grammar import characters, chinese, japanese, phrases


def _name(path: Path) -> str:
    """Return the name of a file or its folder for `phrases.read`."""
    place = path.relative_to(phrases.DIRECTORY)
    whole = place.parent in (Path(), Path("cards"), Path("asked"))
    return (place.with_suffix("") if whole else place.parent).as_posix()


FILES = sorted({_name(path) for path in phrases.DIRECTORY.rglob("*.txt")})
SLOTS = {
    "characters": "bot role trait user place food object animal line line2",
    "manners": "food object animal place",
    "contexts": "n m w c o o2 p f d h k y j col a i s title",
    "telling": "x",
    "talks": "food drink animal colour city like",
    "chinese": "x n m c o p f j d k col a bot role trait line food user city hobby",
    "han": "",
    "verbs": "",
    "small_talk": "Colour Like animal city colour drink food joke like pet",
}
SLOTS |= {"japanese": SLOTS["chinese"]}
STAGED = (
    "me other third bot user trait trait2 role role2 thing place place0 place2 food food2 object animal animals city "
    "city2 noun k h col job pet town day hair instrument drink hobby line facts mood asked text v Food Object Role "
    "Trait Animals Hair Food2 V o"
)
LANGUAGES = ("english", "chinese", "japanese")
SLOTS |= {f"{kind}/{language}": STAGED for kind in ("scenes", "cards") for language in LANGUAGES}
SLOTS |= {f"asked/{language}": "x y X Y n t a A food Food creature legs an An" for language in LANGUAGES}
SLOTS |= {f"first_minutes/{language}": "x" for language in LANGUAGES}
SLOTS |= {"asked/translations": "x y l", "cards/bundled": ""}
TABLES = ("riddles", "poem subjects", "words")
"""Sections whose lines are values parted by strokes."""


def lines(file: str) -> Iterator[str]:
    for heading, section in phrases.read(file).items():
        if heading not in TABLES:
            yield from (line for line in section.lines if line and not line.startswith("; "))


@pytest.mark.parametrize("file", FILES)
def test_templates_are_closed_and_name_slots_that_are_filled(file: str) -> None:
    known = set(SLOTS[file].split())
    for line in lines(file):
        plain = re.sub(r"\{(\w+)\}", "", line)
        while re.search(r"\[[^\[\]]*\]", plain):
            plain = re.sub(r"\[[^\[\]]*\]", "", plain)
        assert not set("[]{}|") & set(plain), line
        assert set(re.findall(r"\{(\w+)\}", line)) <= known, line


def test_every_question_on_a_text_is_answered_with_a_value_of_the_text() -> None:
    blocks = phrases.read("contexts")[""].blocks
    assert len(blocks) > 300
    for sentence, exchanges in blocks:
        told = set(re.findall(r"\{(\w+)\}", sentence))
        for question, answer in exchanges:
            assert set(re.findall(r"\{(\w+)\}", answer)) <= told, (sentence, question)


@pytest.mark.parametrize("file", FILES)
def test_nothing_stands_there_twice(file: str) -> None:
    """No template occurs twice under a heading, no text or talk twice, no question twice about one text."""
    for heading, section in phrases.read(file).items():
        blocks = section.blocks
        wordings = [sentence or str(exchanges) for sentence, exchanges in blocks]
        wordings += [line for line in section.lines if line and line[:2] not in ("> ", "< ", "= ")]
        assert not [text for text, count in Counter(wordings).items() if count > 1], heading
        for sentence, exchanges in blocks:
            asked = [question for question, _ in exchanges]
            assert not sentence or len(asked) == len(set(asked)), sentence


def test_files_are_named_by_their_subject() -> None:
    for path in phrases.DIRECTORY.rglob("*.txt"):
        assert not re.search(r"\d", path.stem), path


def test_every_trait_has_a_manner() -> None:
    assert all(len(sentences) >= 10 for sentences in characters.MANNERS.values())
    for language in (chinese.LANGUAGE, japanese.LANGUAGE):
        assert all(language.traits().values())


def spelt_out(template: str) -> list[str]:
    """Return all texts of a template, at most some hundreds."""
    texts = [template]
    while any("[" in text for text in texts):
        texts = [new for text in texts for new in _first_resolved(text)][:400]
    return texts


def _first_resolved(text: str) -> list[str]:
    found = re.search(r"\[([^\[\]]*)\]", text)
    return [text] if found is None else [text[: found.start()] + o + text[found.end() :] for o in found[1].split("|")]


@pytest.mark.parametrize("file", FILES)
def test_no_sentence_of_the_evaluation_stands_in_a_phrase_file(file: str) -> None:
    for line in lines(file):
        body = line[2:] if re.match(r"[-+=?!<>] ", line) else line
        if line[:2] in ("< ", "! "):
            continue  # the bot's lines are not the evaluation's questions
        for text in spelt_out(body.replace("\\n", " ")):
            parts = {held_out.plain(text), *(held_out.plain(part) for part in re.split(r"(?<=[.!?。！？]) ?", text))}
            assert not parts & held_out.sentences(), line
