"""Candidates from compiled loops and from torch, both compared with full sorts and sums."""

import numpy as np
import pytest
import torch

from bot.engine.sampling.computed import logits_of
from bot.engine.sampling.logits import Distribution, Logits
from bot.engine.sampling.tensor_logits import TensorLogits

LOOPS = pytest.mark.parametrize("loops", [True, False])
SIZES = pytest.mark.parametrize("size", [1, 5, 255, 256, 300, 4096, 65536])


def rows_of(size: int, rows: int = 5) -> torch.Tensor:
    logits = torch.randn(rows, size, generator=torch.Generator().manual_seed(size)) * 4
    if rows > 1 and size > 100:
        logits[1] = torch.linspace(-1, 1, size)  # all of the best are in the last block
        logits[2, 50:] = -torch.inf
        logits[3] -= 200.0
    return logits


def wrapped(logits: torch.Tensor, *, loops: bool = True) -> Logits:
    return logits_of(logits) if loops else TensorLogits(logits)


def distribution(logits: torch.Tensor, *, loops: bool = True) -> Distribution:
    return wrapped(logits, loops=loops).distribution()


SOME = np.array([0, 1, 3, 4])


@LOOPS
@SIZES
@pytest.mark.parametrize("count", [1, 64, 1024])
def test_top(size: int, count: int, *, loops: bool) -> None:
    logits = rows_of(size)
    found = distribution(logits.clone(), loops=loops).top(SOME, count)
    expected = logits[SOME].double().sort(dim=-1, descending=True)
    columns = min(count, size)
    assert found.complete == (columns == size)
    assert np.array_equal(found.values, expected.values[:, :columns].numpy())
    assert np.array_equal(logits[SOME].double().gather(1, torch.from_numpy(found.ids)), found.values)
    assert all(len(set(ids)) == columns for ids in found.ids.tolist())
    totals = logits[SOME].double().logsumexp(-1).numpy()
    np.testing.assert_allclose(found.log_total, totals, rtol=0, atol=2e-5)


@SIZES
def test_equal_logits_come_in_the_order_of_their_ids(size: int) -> None:
    logits = torch.zeros(2, size)
    found = distribution(logits, loops=True).top(np.array([1]), 64)
    assert found.ids[0].tolist() == list(range(min(64, size)))


@LOOPS
@SIZES
def test_argmax(size: int, *, loops: bool) -> None:
    logits = rows_of(size)
    assert distribution(logits, loops=loops).argmax(SOME).tolist() == logits[SOME].argmax(-1).tolist()


@LOOPS
@SIZES
def test_log_totals(size: int, *, loops: bool) -> None:
    logits = rows_of(size)
    temperatures = np.array([0.1, 0.7, 1.0, 3.0])
    expected = (logits[SOME].double() / torch.from_numpy(temperatures)[:, None]).logsumexp(-1).numpy()
    np.testing.assert_allclose(distribution(logits, loops=loops).log_totals(SOME, temperatures), expected, atol=2e-4)


@LOOPS
@SIZES
def test_draws_invert_the_cumulative_distribution(size: int, *, loops: bool) -> None:
    logits = rows_of(size, 1).repeat(400, 1)
    u = (np.arange(400) + 0.5) / 400
    drawn = distribution(logits, loops=loops).draw(np.arange(400), np.full(400, 0.8), u)
    cumulative = (logits[0].double() / 0.8).softmax(-1).cumsum(-1).numpy()
    before = np.where(drawn > 0, cumulative[drawn - 1], 0.0)
    assert (before - 1e-5 <= u).all()
    assert (u <= cumulative[drawn] + 1e-5).all()


@LOOPS
def test_a_banned_token_is_never_drawn(*, loops: bool) -> None:
    logits = torch.full((3, 700), -torch.inf)
    logits[:, 300] = 1.0
    for u in (0.0, 0.5, 1 - 2**-53):
        assert distribution(logits, loops=loops).draw(np.arange(3), np.ones(3), np.full(3, u)).tolist() == [300] * 3


@LOOPS
def test_rows_that_cannot_be_drawn_from(*, loops: bool) -> None:
    logits = torch.zeros(5, 600)
    logits[1, 599] = torch.nan
    logits[2, 3] = torch.inf
    logits[3] = -torch.inf
    logits[4, 3] = -torch.inf
    assert distribution(logits, loops=loops).failed().tolist() == [False, True, True, True, False]


@LOOPS
def test_deviations_leave_out_what_is_banned(*, loops: bool) -> None:
    logits = rows_of(300)
    expected = [logits[row][logits[row].isfinite()].double().std(correction=0).item() for row in (0, 2)]
    np.testing.assert_allclose(distribution(logits, loops=loops).deviations(np.array([0, 2])), expected)


@LOOPS
def test_changes(*, loops: bool) -> None:
    logits = torch.tensor([[2.0, -2.0, 5.0], [1.0, 1.0, 1.0]])
    rows, ids = np.array([0, 0, 1]), np.array([0, 1, 2])
    factors, subtracts = np.array([2, 2, 1], np.float32), np.array([0.5, 0, 3], np.float32)
    wrapped(logits, loops=loops).change(rows, ids, factors, subtracts)
    assert logits.tolist() == [[0.5, -4.0, 5.0], [1.0, 1.0, -2.0]]
