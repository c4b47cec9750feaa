"""Small corpora in the packages' formats: tests are fast, and no document depends on a package's content."""

import json
import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from training import corpus
from training.grammar import names

CACHES = (corpus.conversations, corpus.word_pool, corpus.word_set)


def clear_caches() -> None:
    for cached in CACHES:
        cached.cache_clear()


@pytest.fixture(scope="package", autouse=True)
def small_corpora(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    rng = random.Random(0)
    words = list({names.syllables(rng).lower() for _ in range(1200)})
    remarks = [" ".join(words[i : i + 8]) + "." for i in range(0, len(words), 8)]
    conversations = {str(n): {"messages": [[{"text": remark}] for remark in remarks]} for n in range(2)}
    folder = tmp_path_factory.mktemp("corpora")
    (folder / "dataset.json").write_text(json.dumps(conversations), encoding="utf-8")
    for language, text in (("chinese", "你好吗？很好。"), ("japanese", "元気ですか。")):
        (folder / "data" / language).mkdir(parents=True)
        (folder / "data" / language / "talk.yml").write_text(text, encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(corpus, "_package_file", lambda package, name: folder / name)
        clear_caches()
        yield folder
    clear_caches()
