"""The sentences of the evaluation, none of which may occur in a training document."""

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
    """Return a text or template in lower case, without punctuation and with ``_`` in place of each slot."""
    return " ".join(re.sub(r"[^\w\s]", " ", re.sub(r"\{\w+\}", "_", text.lower())).split())


@cache
def staged() -> tuple[str, ...]:
    """The lines of the evaluation's scenes and character chats."""
    texts = [part for line in _lines(stage_questions.QUESTIONS) for part in line.split("|")[:2]]
    blind = [part for line in _lines(stage_questions.BLIND) for part in line.split("|")]
    parts = [sentence for text in blind for sentence in _SENTENCE_END.split(text)]
    texts += [part for part in parts if len(part.split()) >= FEWEST_WORDS]  # answers and "Oh!" occur everywhere
    return tuple(text.replace("{char}", "{user}") for text in texts)


def _lines(path: Path) -> list[str]:
    return [line for lines in stage_questions.read(path).values() for line in lines]


@cache
def sentences() -> frozenset[str]:
    """Every sentence that the evaluation uses to tell or ask something, except those called plain words."""
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
    """The evaluation's messages and scene lines; being ordinary, they may occur in phrase files, but in no document."""
    files = (stage_questions.MESSAGES, stage_questions.BLIND_MESSAGES)
    messages = [line for path in files for line in _lines(path)]
    return frozenset(plain(text) for text in (*staged(), *messages)) - {""}


@cache
def _pattern() -> re.Pattern[str]:
    """Match any of the sentences, with up to forty characters for a value; "where does a bee live" has no value."""
    value = r"(?!(?:a|an|the|i|you|my|your)\b).{1,40}"
    return re.compile(
        "|".join(re.escape(sentence).replace("_", value) for sentence in sorted(sentences() | everyday()))
    )


def found(text: str) -> str | None:
    """Return the first evaluation sentence that a document contains, with any values filled in."""
    for part in _SENTENCE_END.split(text):
        for spoken in {part, _LABEL.sub("", part)}:
            if match := _pattern().fullmatch(plain(spoken)):
                return match[0]
    return None
