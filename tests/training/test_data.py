from itertools import islice
from pathlib import Path

import numpy as np

from training import data, recipe
from training.data import Tokens
from training.grammar.talk import Talk


def _documents(lengths: list[int]) -> Tokens:
    """Documents whose tokens all carry the document's number."""
    ids = np.concatenate([np.full(n, i + 1, np.uint16) for i, n in enumerate(lengths)])
    return Tokens(ids, np.full(len(ids), 10, np.uint8), np.concatenate([[0], np.cumsum(lengths)]))


def test_a_piece_by_piece_encoding_is_the_encoding_of_the_text() -> None:
    import random

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
    assert (weights.sum(1) == 19 + led.int()).all()  # a document's first token has something before it, or nothing
    assert (ids[:, :20].sum(1) == 20 - led.int()).all()


def test_tokens_come_back_from_disk(tmp_path: Path) -> None:
    tokens = _documents([3, 4])
    tokens.save(tmp_path / "a" / "tokens.npz")
    back = Tokens.load(tmp_path / "a" / "tokens.npz")
    assert (back.ids == tokens.ids).all()
    assert (back.starts == tokens.starts).all()
