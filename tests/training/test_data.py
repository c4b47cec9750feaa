import itertools
import random

import pytest

from training import data, held_out, recipe
from training.grammar import mixture
from training.grammar.talk import Document, Talk


def test_a_piece_by_piece_encoding_is_the_encoding_of_the_text() -> None:
    tokenizer = recipe.load_tokenizer()
    talk = Talk(random.Random(0), "Zoë", "小明", opening="A chat.")
    talk.exchange("what's 1+2?\nplease", "It is 3...")
    document = talk.document()
    ids, weights = data.encode(tokenizer, document)
    assert ids == [*tokenizer.encode(document.text).ids, 0]
    assert len(ids) == len(weights)


def test_a_document_with_a_sentence_of_the_evaluation_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    written = iter(
        ["Where does Quill Marlowe live?", "Where does a bee live?", "WHAT is quill's job", "Good morning!"] * 9
    )

    def document(rng: random.Random, stage: str) -> Document:
        talk = Talk(rng)
        talk.exchange(next(written), "I don't know.")
        return talk.document()

    monkeypatch.setattr(mixture, "document", document)
    tokenizer = recipe.load_tokenizer()
    tokens = data.build(tokenizer, 200, 1, "mixed")
    texts = tokenizer.decode(tokens.ids.tolist()).splitlines()
    assert {line for line in texts if "User:" in line} == {"User: Where does a bee live?", "User: Good morning!"}


def test_no_document_of_the_grammar_holds_a_sentence_of_the_evaluation() -> None:
    tokenizer = recipe.load_tokenizer()
    tokens = data.build(tokenizer, 60_000, 3, "broad")
    for begin, end in itertools.pairwise(tokens.starts.tolist()):
        assert held_out.found(tokenizer.decode(tokens.ids[begin:end].tolist())) is None
