"""Human conversations: two packages from PyPI (``pip install '.[training]'``), and small talk bundled here.

| source | what | licence |
|---|---|---|
| chitchat-dataset | 7,168 English conversations | MIT |
| chatterbot-corpus | Chinese and Japanese small talk, of which only the characters are counted | BSD-3-Clause |
| corpora/personality_chat.jsonl | 90 intents of small talk, many questions and an answer each | MIT |
"""

from __future__ import annotations

import importlib.resources
import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from training.grammar import names

SMALL_TALK = Path(__file__).with_name("corpora") / "personality_chat.jsonl"
LONGEST = 300  # characters per remark
UNWANTED = re.compile(
    r"\b(?:fuck\w*|shit\w*|bitch\w*|cunt|dick|cock|pussy|nigg\w*|fag\w*|slut\w*|whore|porn\w*|sexy?|rape\w*"
    r"|kill yourself|suicid\w*|nazi\w*|hitler|retard\w*)\b|https?:|www\.|@\w|\d{5}",
    re.IGNORECASE,
)
"""What is rude or personal: a remark with one of these is left out with its whole conversation."""


@dataclass(frozen=True, slots=True)
class Intent:
    """Many ways to ask one thing, and the answer."""

    questions: tuple[str, ...]
    answer: str


@cache
def small_talk() -> tuple[Intent, ...]:
    """Return the bundled intents, with broken characters replaced by the apostrophes they stand for."""
    lines = SMALL_TALK.read_text(encoding="utf-8").replace("\\ufffd", "'").replace("\ufffd", "'").splitlines()
    records = [json.loads(line) for line in lines]
    return tuple(Intent(tuple(record["questions"]), record["answer"]) for record in records)


def _package_file(package: str, name: str) -> Path:
    try:
        return Path(str(importlib.resources.files(package))) / name
    except ModuleNotFoundError:
        raise FileNotFoundError(f"the corpus {package} is not installed: pip install '.[training]'") from None


@cache
def conversations() -> tuple[tuple[str, ...], ...]:
    """English conversations, remark by remark.

    Raises:
        FileNotFoundError: the package that holds them is not installed.

    """
    data = json.loads(_package_file("chitchat_dataset", "dataset.json").read_text(encoding="utf-8"))
    found = (_wanted(conversation["messages"]) for conversation in data.values())
    return tuple(remarks for remarks in found if remarks)


def _wanted(messages: list[list[dict[str, str]]]) -> tuple[str, ...]:
    remarks = tuple(" ".join(part["text"].split()) for message in messages for part in message)
    if any(UNWANTED.search(remark) for remark in remarks):
        return ()
    return tuple(remark for remark in remarks if 0 < len(remark) <= LONGEST)


def chinese_and_japanese() -> Iterator[str]:
    """Texts in Chinese and Japanese, file by file."""
    for language in ("chinese", "japanese"):
        for path in sorted(_package_file("chatterbot_corpus", f"data/{language}").glob("*.yml")):
            yield path.read_text(encoding="utf-8")


@cache
def word_pool() -> tuple[str, ...]:
    """Words of the English conversations that serve as names and values: all but the commonest and the held-out."""
    counts: Counter[str] = Counter()
    for conversation in conversations():
        for remark in conversation:
            counts.update(re.findall(r"[A-Za-z]{3,12}", remark))
    held_out = {name.lower() for name in names.HELD_OUT_REAL}
    common = {word.lower() for word, _ in counts.most_common(400)}
    return tuple(sorted({w.lower() for w, n in counts.items() if n >= 2 and w.lower() not in common | held_out}))


@cache
def word_set() -> frozenset[str]:
    """The word pool, for membership."""
    return frozenset(word_pool())
