"""Draws without sorting, compared with draws from sorted rows; what a row costs."""

from collections.abc import Callable

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from bot.engine.sampling import candidates, cut_draws, tensor_logits
from bot.engine.sampling.adjuster import RowStart
from bot.engine.sampling.candidates import FIRST, Candidates, HostDistribution
from bot.engine.sampling.host_logits import HostLogits
from bot.engine.sampling.logits import Logits
from bot.engine.sampling.sampler import Sampler
from bot.engine.sampling.tensor_logits import TensorLogits
from bot.engine.sampling.token_masks import Vocabulary
from bot.engine.types import SamplingParams
from tests.engine.toys import ByteCoder

Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]

SIZE, ROWS = 5000, 24
VOCABULARY = Vocabulary(ByteCoder(), SIZE)


def normal(spread: float) -> Floats:
    return (np.random.default_rng(7).standard_normal((ROWS, SIZE)) * spread).astype(np.float32)


def steep() -> Floats:
    logits = normal(0.5)
    logits[:, ::900] += 12
    return logits


def banned() -> Floats:
    logits = normal(1.0)
    logits[:, 400:4700] = -np.inf
    return logits


def tied() -> Floats:
    return np.round(normal(2.0))


def apart() -> Floats:
    """Nearly equal logits, with some far below them, and one far above in some rows."""
    logits = np.float32(3) + normal(1e-4)
    logits[:, ::3] -= 100
    logits[:, 17] = -3e38
    logits[: ROWS // 2, 1234] = 9
    return logits


def zeros() -> Floats:
    """Of both signs."""
    return normal(1.0) * np.float32(0)


SHAPES = {
    "even": lambda: normal(0.02), "flat": lambda: normal(1.0), "half": lambda: normal(4.0), "steep": steep,
    "banned": banned, "tied": tied, "apart": apart, "zeros": zeros,
}  # fmt: skip
CUTS = {
    "top_p": SamplingParams(top_p=0.85),
    "nearly all": SamplingParams(top_p=0.9999, temperature=5.0),
    "top_k": SamplingParams(top_k=3000, temperature=0.4),
    "min_p": SamplingParams(min_p=0.001),
    "top_n_sigma": SamplingParams(top_n_sigma=3.0),
    "typical_p": SamplingParams(typical_p=0.8),
    "xtc": SamplingParams(xtc_probability=0.5, xtc_threshold=0.0001),
    "xtc from 0": SamplingParams(xtc_probability=0.9, xtc_threshold=0.0, typical_p=0.9),
    "all": SamplingParams(
        top_p=0.97, top_k=4000, min_p=1e-6, top_n_sigma=9.0, typical_p=0.95, xtc_probability=0.5, xtc_threshold=0.001
    ),
    "mirostat": SamplingParams(mirostat_mode=2, mirostat_tau=11.0, temperature=1.5),
    "mirostat, min_p": SamplingParams(mirostat_mode=2, mirostat_tau=60.0, min_p=0.0001),
}


def drawn(logits: Logits, params: SamplingParams) -> tuple[list[int], list[float]]:
    """The tokens, and mirostat's mu afterwards, which tells their probabilities."""
    sampler = Sampler(ROWS, VOCABULARY)
    for slot in range(ROWS):
        sampler.admit(slot, RowStart(params=params), slot)
    draw = sampler.sample(logits, range(ROWS))
    assert not draw.failed.any()
    return draw.tokens.tolist(), sampler._mu.tolist()


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("cut", CUTS)
def test_the_draws_are_those_from_sorted_rows(monkeypatch: pytest.MonkeyPatch, shape: str, cut: str) -> None:
    tokens, mu = drawn(HostLogits(SHAPES[shape]()), CUTS[cut])
    monkeypatch.setattr(HostDistribution, "steps", property(lambda self: (self.size,)))
    expected, expected_mu = drawn(HostLogits(SHAPES[shape]()), CUTS[cut])
    assert tokens == expected
    assert mu == pytest.approx(expected_mu, rel=1e-9)


@pytest.mark.parametrize("compiles", [True, False])
@pytest.mark.parametrize("cut", ["typical_p", "xtc", "top_k", "mirostat"])
def test_logits_on_a_device_are_drawn_from_alike(monkeypatch: pytest.MonkeyPatch, cut: str, *, compiles: bool) -> None:
    monkeypatch.setattr(tensor_logits, "why_not", lambda: "" if compiles else "no compiler")
    expected, _ = drawn(HostLogits(normal(1.0)), CUTS[cut])
    assert drawn(TensorLogits(torch.from_numpy(normal(1.0))), CUTS[cut])[0] == expected


@pytest.mark.parametrize("cut", CUTS)
@pytest.mark.parametrize("shape", ["even", "steep"])
def test_no_more_than_a_few_candidates_are_sorted(monkeypatch: pytest.MonkeyPatch, shape: str, cut: str) -> None:
    """Members choose the parameters, and everybody waits for the slowest row."""
    sorted_ = 0
    top = HostDistribution.top

    def counted(self: HostDistribution, rows: candidates.Ints, count: int) -> Candidates:
        nonlocal sorted_
        sorted_ += rows.size * count
        return top(self, rows, count)

    monkeypatch.setattr(HostDistribution, "top", counted)
    drawn(HostLogits(SHAPES[shape]()), CUTS[cut])
    assert sorted_ <= ROWS * FIRST


def by_sorting(order: Doubles, weights: Doubles, target: float) -> int:
    ranks = np.argsort(order, kind="stable")
    sums = weights[ranks].cumsum()
    return int(ranks[np.argmax(sums > target)]) if sums[-1] > target else -1


@pytest.mark.parametrize(
    "make",
    [
        lambda rng: rng.random(700),
        lambda rng: np.zeros(700),
        lambda rng: rng.integers(0, 3, 700).astype(float),
        lambda rng: 10.0 ** rng.uniform(-300, 300, 700),
        lambda rng: np.where(rng.random(700) < 0.3, np.inf, rng.random(700)),
        lambda rng: 1.0 + rng.integers(0, 900, 700) * 2.0**-52,  # apart in the last bits only
        lambda rng: np.array([5.0]),
    ],
    ids=["even", "equal", "tied", "wide", "cut", "close", "one"],
)
def test_the_token_at_which_a_sum_passes(make: Callable[[np.random.Generator], Doubles]) -> None:
    rng = np.random.default_rng(3)
    for _ in range(50):
        order = make(rng)
        weights = rng.integers(0, 5, order.size).astype(float)  # their sums are exact
        weights[order == np.inf] = 0
        places, sums = np.empty(order.size, np.int32), np.empty(2 * cut_draws._BUCKETS)
        for target in (-1.0, 0.0, float(rng.integers(0, weights.sum() + 1)), weights.sum() - 1, weights.sum()):
            found = cut_draws._passing(order, weights, np.float64(target), places, sums)
            expected = by_sorting(order, weights, target)
            assert found == expected or (target < 0 and weights[expected] == 0)


def test_exponentials() -> None:
    x = -np.concatenate([np.linspace(0, 40, 10_001), [1e-300, 1e-9, 699.9, 700.1, 1e300, np.inf]])
    expected = np.where(x < -700, 0.0, np.exp(x))
    np.testing.assert_allclose([cut_draws._exp(each) for each in x], expected, rtol=5e-16)
