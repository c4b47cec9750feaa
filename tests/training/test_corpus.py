"""The installed corpora, and what is kept of them."""

from collections.abc import Iterator

import pytest

from tests.training.conftest import clear_caches
from training import corpus
from training.grammar import names


@pytest.fixture
def installed(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Use the real packages in place of the small corpora."""
    monkeypatch.setattr(corpus, "_package_file", PACKAGE_FILE)
    clear_caches()
    yield
    clear_caches()


PACKAGE_FILE = corpus._package_file


@pytest.mark.usefixtures("installed")
def test_the_packages_hold_what_the_training_needs() -> None:
    conversations = corpus.conversations()
    assert len(conversations) > 4000
    assert all(remark.strip() and len(remark) <= corpus.LONGEST for talk in conversations for remark in talk)
    assert len(corpus.word_pool()) > 5000
    assert not {name.lower() for name in names.HELD_OUT_REAL} & corpus.word_set()
    assert len(set("".join(corpus.chinese_and_japanese()))) > 1000


def test_a_conversation_with_something_rude_or_personal_is_left_out_whole() -> None:
    def talk(*remarks: str) -> list[list[dict[str, str]]]:
        return [[{"text": remark} for remark in remarks]]

    assert corpus._wanted(talk("Hello  there", "", "x" * 301)) == ("Hello there",)
    for bad in ("well, shit happens", "look at https://example.org", "write to me@example.org", "my number is 5550123"):
        assert corpus._wanted(talk("Hello", bad)) == ()


def test_a_package_that_is_missing_is_named_with_the_way_to_install_it() -> None:
    with pytest.raises(FileNotFoundError, match=r"no_such_corpus is not installed: pip install '\.\[training\]'"):
        PACKAGE_FILE("no_such_corpus", "dataset.json")


def test_the_bundled_small_talk_asks_in_many_ways() -> None:
    intents = corpus.small_talk()
    assert len(intents) == 90
    assert sum(len(intent.questions) for intent in intents) > 9000
    assert all(intent.answer.strip() for intent in intents)
