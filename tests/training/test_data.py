import itertools
import random
from itertools import islice
from pathlib import Path

import numpy as np
import pytest

from training import data, held_out, recipe
from training.data import Tokens
from training.grammar import mixture
from training.grammar.talk import Document, Talk


def _documents(lengths: list[int]) -> Tokens:
    """Documents whose tokens all equal the document's number."""
    ids = np.concatenate([np.full(n, i + 1, np.uint16) for i, n in enumerate(lengths)])
    return Tokens(ids, np.full(len(ids), 10, np.uint8), np.concatenate([[0], np.cumsum(lengths)]))


def test_a_piece_by_piece_encoding_is_the_encoding_of_the_text() -> None:
    tokenizer = recipe.load_tokenizer()
    talk = Talk(random.Random(0), "Zoë", "小明", opening="A chat.")
    talk.exchange("what's 1+2?\nplease", "It is 3...")
    document = talk.document()
    ids, weights = data.encode(tokenizer, document)
    assert ids == [*tokenizer.encode(document.text).ids, 0]
    assert len(ids) == len(weights)


def test_windows_begin_with_documents_and_hold_them_whole() -> None:
    lengths = [20, 40, 10, 64, 30, 5, 16, 50]
    tokens = _documents(lengths)
    for ids, _ in islice(data.batches(tokens, 64, 1, seed=1), 20):
        row = ids[0].tolist()
        row = row if row[0] else row[1:]
        assert row[0] != 0
        for number in set(row) - {0}:
            assert row.count(number) == lengths[number - 1]


def test_a_document_longer_than_a_window_is_cut() -> None:
    ids, weights = next(data.batches(_documents([100]), 64, 1, seed=1))
    assert ids.shape == (1, 65)
    assert weights.shape == (1, 64)
    assert (ids[0, 1:] == 1).all()


def test_padding_weighs_nothing() -> None:
    _, weights = next(data.batches(_documents([20]), 64, 2, seed=1))
    assert (weights[:, 20:] == 0).all()
    assert (weights[:, :19] == 1).all()


def test_half_of_the_windows_begin_with_token_zero() -> None:
    ids, weights = next(data.batches(_documents([20]), 64, 400, seed=1))
    led = ids[:, 0] == 0
    assert 150 < led.sum() < 250
    assert (weights.sum(1) == 19 + led.int()).all()  # a document's first token may or may not have a predecessor
    assert (ids[:, :20].sum(1) == 20 - led.int()).all()


def test_tokens_come_back_from_disk(tmp_path: Path) -> None:
    tokens = _documents([3, 4])
    tokens.save(tmp_path / "a" / "tokens.npz")
    back = Tokens.load(tmp_path / "a" / "tokens.npz")
    assert (back.ids == tokens.ids).all()
    assert (back.starts == tokens.starts).all()


def test_of_the_faint_tokens_a_quarter_is_predicted_with_four_times_the_weight() -> None:
    tokens = _documents([800])
    faint = Tokens(tokens.ids, np.where(np.arange(800) < 600, 1, 10).astype(np.uint8), tokens.starts)
    _, weights = next(data.batches(faint, 768, 4, seed=1))
    begun, rest = weights[:, :590], weights[:, 600:]
    assert sorted({round(value, 3) for value in begun.flatten().tolist()}) == [0.0, 0.4]
    assert 0.2 < float((begun > 0).float().mean()) < 0.3
    assert (rest == 1).all()


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


def test_files_joined_hold_every_document_where_it_began() -> None:
    parts = [data.Tokens(np.arange(n, dtype=np.uint16), np.full(n, 10, np.uint8), np.array([0, 2, n])) for n in (5, 7)]
    whole = data.joined(parts)
    assert whole.starts.tolist() == [0, 2, 5, 7, 12]
    assert whole.ids.tolist() == [*range(5), *range(7)]
