"""Small corpora in the three formats, so that the tests need no download and nothing beside the checkout."""

import json
import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from training import corpus
from training.grammar import names

INTENTS = {
    "Hello.": ["Hi bot", "hello you"],
    "I'm not really that funny.": ["Tell a {joke}", "[funny] please"],
    "Okay.": ["I am on a boat"],
}


@pytest.fixture(scope="module")
def small_corpora(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    rng = random.Random(0)
    words = list({names.syllables(rng).lower() for _ in range(1200)})
    remarks = [" ".join(words[i : i + 8]) + "." for i in range(0, len(words), 8)]
    files = {
        "topical_chat": [{"lang": "en", "turns": remarks}, {"lang": "en", "turns": remarks}],
        "kdconv": [{"lang": "zh", "turns": ["你好吗", "很好"]}],
        "personality_chat": [{"lang": "en", "turns": [], "questions": q, "answer": a} for a, q in INTENTS.items()],
    }
    directory = tmp_path_factory.mktemp("corpus")
    for name, records in files.items():
        text = "\n".join(json.dumps(record, ensure_ascii=False) for record in records)
        (directory / f"{name}.jsonl").write_text(text, encoding="utf-8")
    real, corpus.DIRECTORY = corpus.DIRECTORY, directory
    caches = (corpus.read, corpus.word_pool, corpus.word_set)
    for cached in caches:
        cached.cache_clear()
    yield directory
    corpus.DIRECTORY = real
    for cached in caches:
        cached.cache_clear()
