"""The sentences that the evaluation tells and asks things with: no training document holds one of them."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

from training import evaluate, probes, stage_questions
from training.second_set import SECOND_SET
from training.third_set import THIRD_SET

_SENTENCE_END = re.compile(r"(?<=[.!?。！？])\s+|\n+")
FEWEST_WORDS = 4
_LABEL = re.compile(r"^[^:\n]{1,40}:\s+")


def plain(text: str) -> str:
    """Return a text or template without capitals, punctuation and the names of its slots (``_`` for each)."""
    return " ".join(re.sub(r"[^\w\s]", " ", re.sub(r"\{\w+\}", "_", text.lower())).split())


@cache
def staged() -> tuple[str, ...]:
    """What is said in the evaluation's scenes and chats with characters."""
    texts = [part for line in _lines(stage_questions.QUESTIONS) for part in line.split("|")[:2]]
    blind = [part for line in _lines(stage_questions.BLIND) for part in line.split("|")]
    parts = [sentence for text in blind for sentence in _SENTENCE_END.split(text)]
    texts += [part for part in parts if len(part.split()) >= FEWEST_WORDS]  # answers and "Oh!" stand everywhere
    return tuple(text.replace("{char}", "{user}") for text in texts)


def _lines(path: Path) -> list[str]:
    return [line for lines in stage_questions.read(path).values() for line in lines]


@cache
def sentences() -> frozenset[str]:
    """Every sentence that the evaluation tells or asks something with, but those called plain words."""
    contexts, castings, asked = [*evaluate.CONTEXTS], [evaluate.CASTING], [*probes.PROBES]
    for further in (SECOND_SET, THIRD_SET):
        contexts += further.contexts
        castings.append(further.casting)
        asked += further.probes
    texts = [text for sentence, question, _ in contexts for text in (sentence, question)]
    texts += [text for casting in castings for text in (*casting.openings, *casting.name, *casting.manner)]
    texts += [text for probe in asked if "plain words" not in probe.name for text in (*probe.tell, *probe.ask)]
    return frozenset(plain(text) for text in texts)


@cache
def everyday() -> frozenset[str]:
    """Messages and scene lines of the evaluation: ordinary ones, so phrase files may hold a few, but no document."""
    files = (stage_questions.MESSAGES, stage_questions.BLIND_MESSAGES)
    messages = [line for path in files for line in _lines(path)]
    return frozenset(plain(text) for text in (*staged(), *messages)) - {""}


@cache
def _pattern() -> re.Pattern[str]:
    """Any of the sentences, with up to forty characters for a value; "where does a bee live" asks for no value."""
    value = r"(?!(?:a|an|the|i|you|my|your)\b).{1,40}"
    return re.compile(
        "|".join(re.escape(sentence).replace("_", value) for sentence in sorted(sentences() | everyday()))
    )


def found(text: str) -> str | None:
    """Return the first of the evaluation's sentences that a document holds, whatever values stand in it."""
    for part in _SENTENCE_END.split(text):
        for spoken in {part, _LABEL.sub("", part)}:
            if match := _pattern().fullmatch(plain(spoken)):
                return match[0]
    return None
