"""Activations rounded for the products, beside plain numpy."""

import numpy as np
import pytest
import torch

from bot.engine.kernels.rounding import _pair_row, _round_group, _round_row
from tests.engine.kernels.test_tiles import pairs_of

Floats = np.ndarray[tuple[int, ...], np.dtype[np.float32]]
LARGE = np.float32(3e38)  # more than one of them do not fit a float32's sum


def _normal(size: int, seed: int = 0) -> Floats:
    return np.random.default_rng(seed).standard_normal(size).astype(np.float32)


def _row(x: Floats) -> tuple[np.ndarray[tuple[int, ...], np.dtype[np.int16]], np.float32]:
    quantized, scale = np.empty(x.size, np.int16), np.empty(1, np.float32)
    _round_row(x, quantized, scale)
    return quantized, scale[0]


def _group(x: Floats) -> tuple[np.ndarray[tuple[int, ...], np.dtype[np.int8]], Floats]:
    quantized, scales = np.empty(x.size, np.int8), np.empty(2, np.float32)
    _round_group(x, quantized, scales)
    return quantized, scales


@pytest.mark.parametrize("x", [_normal(64), _normal(771, 1) * 1e-20, -np.abs(_normal(65, 2)), np.full(70, LARGE)])
def test_the_largest_number_takes_the_largest_integer(x: Floats) -> None:
    largest = np.abs(x).max()
    row, scale = _row(x)
    assert np.array_equal(row, np.rint(x * (np.float32(32767) / largest)).astype(np.int16))
    assert scale == pytest.approx(largest / 32767, rel=1e-6, abs=0)
    group, scales = _group(x)
    assert np.array_equal(group, np.rint(x * (np.float32(127) / largest)).astype(np.int8))
    assert scales[0] == pytest.approx(largest / 127, rel=1e-6, abs=0)
    assert scales[1] == -128 * group.astype(int).sum()


def test_nothing_but_zeros_stays_so() -> None:
    zeros = np.array([0.0, -0.0] * 32, np.float32)
    for quantized, scale in (_row(zeros), _group(zeros)):
        assert not quantized.any()
        assert not np.any(scale)


@pytest.mark.parametrize("bad", [np.nan, -np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("place", [0, 31, 63])
def test_what_is_not_finite_is_told_by_the_scale(bad: float, place: int) -> None:
    x = _normal(64)
    x[place] = bad
    assert np.isnan(_row(x)[1])
    assert np.isnan(_group(x)[1][0])


def test_pairs_are_rounded_to_nearest_even() -> None:
    values = [1.0, 1.00390625, 1.01171875, -1.00390625, 3.4e38, 1e-40, 0.0, -0.0, 7.7]  # ties among them
    x = torch.tensor([*values, *torch.randn(1015, generator=torch.Generator().manual_seed(2)).tolist()])
    pairs = np.empty(512, np.uint32)
    _pair_row(x.numpy(), pairs)
    assert (pairs == pairs_of(x)).all()


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("place", [0, 1, 2, 3])
def test_a_pair_that_is_not_finite_stays_so(bad: float, place: int) -> None:
    x = np.ones(4, np.float32)
    x[place] = bad
    pairs = np.empty(2, np.uint32)
    _pair_row(x, pairs)
    assert not torch.from_numpy(pairs.view(np.int32)).view(torch.bfloat16).isfinite().all()
