"""Reading the three corpora, and the word pool that names and values to remember are drawn from."""

from __future__ import annotations

import json
import re
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any

from training.grammar import names

DIRECTORY = Path(__file__).resolve().parents[2] / "shared" / "corpus"


@cache
def read(name: str) -> list[dict[str, Any]]:
    """Return the records of ``NAME.jsonl``; broken characters are replaced by apostrophes, which they stand for.

    Raises:
        FileNotFoundError: the corpus is not beside the checkout; the message says where it belongs.

    """
    path = DIRECTORY / f"{name}.jsonl"
    if not path.exists():
        raise FileNotFoundError(f"{path} is missing: the corpora belong in shared/corpus beside the checkout")
    lines = path.read_text(encoding="utf-8").replace("\\ufffd", "'").replace("�", "'").splitlines()
    return [json.loads(line) for line in lines]


@cache
def word_pool() -> tuple[str, ...]:
    """Words of the English corpora that serve as names and values: all but the most common and the held-out."""
    counts: Counter[str] = Counter()
    for record in read("topical_chat"):
        for turn in record["turns"]:
            counts.update(re.findall(r"[A-Za-z]{3,12}", turn))
    held_out = {name.lower() for name in names.HELD_OUT_REAL}
    common = {word.lower() for word, _ in counts.most_common(400)}
    return tuple(sorted({w.lower() for w, n in counts.items() if n >= 2 and w.lower() not in common | held_out}))


@cache
def word_set() -> frozenset[str]:
    """The word pool, for membership."""
    return frozenset(word_pool())
