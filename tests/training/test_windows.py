from itertools import islice

import numpy as np

from training import windows
from training.tokens import Tokens


def _documents(lengths: list[int]) -> Tokens:
    """Documents whose tokens all equal the document's number."""
    ids = np.concatenate([np.full(n, i + 1, np.uint16) for i, n in enumerate(lengths)])
    return Tokens(ids, np.full(len(ids), 10, np.uint8), np.concatenate([[0], np.cumsum(lengths)]))


def test_windows_begin_with_documents_and_hold_them_whole() -> None:
    lengths = [20, 40, 10, 64, 30, 5, 16, 50]
    tokens = _documents(lengths)
    for ids, _ in islice(windows.batches(tokens, 64, 1, seed=1), 20):
        row = ids[0].tolist()
        row = row if row[0] else row[1:]
        assert row[0] != 0
        for number in set(row) - {0}:
            assert row.count(number) == lengths[number - 1]


def test_a_document_longer_than_a_window_is_cut() -> None:
    ids, weights = next(windows.batches(_documents([100]), 64, 1, seed=1))
    assert ids.shape == (1, 65)
    assert weights.shape == (1, 64)
    assert (ids[0, 1:] == 1).all()


def test_padding_weighs_nothing() -> None:
    _, weights = next(windows.batches(_documents([20]), 64, 2, seed=1))
    assert (weights[:, 20:] == 0).all()
    assert (weights[:, :19] == 1).all()


def test_half_of_the_windows_begin_with_token_zero() -> None:
    ids, weights = next(windows.batches(_documents([20]), 64, 400, seed=1))
    led = ids[:, 0] == 0
    assert 150 < led.sum() < 250
    assert (weights.sum(1) == 19 + led.int()).all()  # a document's first token may or may not have a predecessor
    assert (ids[:, :20].sum(1) == 20 - led.int()).all()


def test_of_the_faint_tokens_a_quarter_is_predicted_with_four_times_the_weight() -> None:
    tokens = _documents([800])
    faint = Tokens(tokens.ids, np.where(np.arange(800) < 600, 1, 10).astype(np.uint8), tokens.starts)
    _, weights = next(windows.batches(faint, 768, 4, seed=1))
    begun, rest = weights[:, :590], weights[:, 600:]
    assert sorted({round(value, 3) for value in begun.flatten().tolist()}) == [0.0, 0.4]
    assert 0.2 < float((begun > 0).float().mean()) < 0.3
    assert (rest == 1).all()


def test_batches_made_ahead_are_the_same_in_the_same_order() -> None:
    tokens = _documents([20, 40, 10, 64, 30, 5, 16, 50])
    plain = islice(windows.batches(tokens, 64, 2, seed=1), 6)
    early = islice(windows.ahead(windows.batches(tokens, 64, 2, seed=1)), 6)
    for one, other in zip(plain, early, strict=True):
        assert all((a == b).all() for a, b in zip(one, other, strict=True))
