"""Distributions, compared with the `rwkv` package and with plain definitions; draws; batches; failures.

Random numbers are replaced by a regular grid: out of N draws, a token of probability p is drawn p N times, plus or
minus one.
"""

from collections.abc import Callable
from functools import cache

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from rwkv.utils import PIPELINE

from bot.engine.sampling import random_stream
from bot.engine.sampling.adjuster import RowStart
from bot.engine.sampling.adjusters import standard_adjusters
from bot.engine.sampling.computed import logits_of
from bot.engine.sampling.logit_bias import LogitBias
from bot.engine.sampling.sampler import Sampler
from bot.engine.sampling.token_masks import Vocabulary
from bot.engine.types import SamplingParams
from tests.engine.toys import ByteCoder

Doubles = NDArray[np.float64]

GRID = 400


@cache
def vocabulary(size: int = 266) -> Vocabulary:
    return Vocabulary(ByteCoder(), size)


def with_adjusters(slots: int, known: Vocabulary) -> Sampler:
    return Sampler(slots, known, standard_adjusters(slots, known))


def some_logits(size: int = 266, spread: float = 3.0, seed: int = 0) -> torch.Tensor:
    return torch.randn(size, generator=torch.Generator().manual_seed(seed)) * spread


@pytest.fixture
def grid(monkeypatch: pytest.MonkeyPatch) -> Callable[[torch.Tensor, SamplingParams], Doubles]:
    """The probability that the sampler gives to each token."""

    def uniform(seeds: NDArray[np.uint64], positions: NDArray[np.int64], stream: int) -> Doubles:
        places = seeds.astype(np.float64)
        return np.full(seeds.size, 0.5) if stream == random_stream.XTC else (places + 0.5) / GRID

    monkeypatch.setattr(random_stream, "uniform", uniform)

    def probabilities(logits: torch.Tensor, params: SamplingParams) -> Doubles:
        sampler = Sampler(GRID, vocabulary(logits.numel()), [LogitBias()])
        for slot in range(GRID):
            sampler.admit(slot, RowStart(params=params), slot)
        drawn = sampler.sample(logits_of(logits.repeat(GRID, 1)), range(GRID))
        assert not drawn.failed.any()
        return np.bincount(drawn.tokens, minlength=logits.numel()) / GRID

    return probabilities


def theirs(logits: torch.Tensor, temperature: float, top_p: float, top_k: int) -> Doubles:
    """The distribution from which `rwkv.utils.PIPELINE.sample_logits` draws."""
    caught: list[Doubles] = []

    def choice(*, a: int, p: Doubles) -> int:
        caught.append(p.astype(np.float64))
        return 0

    pipeline = PIPELINE.__new__(PIPELINE)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(np.random, "choice", choice)
        pipeline.sample_logits(logits.clone(), temperature, top_p, top_k)
    return caught[0]


def softmax(values: Doubles) -> Doubles:
    weights = np.exp(values - values.max())
    return np.asarray(weights / weights.sum())


@pytest.mark.parametrize("temperature", [0.0, 0.3, 0.8, 1.0, 1.7])
@pytest.mark.parametrize("top_p", [0.0, 0.2, 0.5, 0.85, 0.99])
@pytest.mark.parametrize("top_k", [0, 1, 5, 40])
def test_distribution_equals_the_rwkv_packages(
    grid: Callable[[torch.Tensor, SamplingParams], Doubles], temperature: float, top_p: float, top_k: int
) -> None:
    logits = some_logits()
    params = SamplingParams(temperature=temperature, top_p=top_p, top_k=top_k)
    expected = theirs(logits, temperature, top_p, top_k)
    assert np.abs(grid(logits, params) - expected).max() <= 1.01 / GRID


@pytest.mark.parametrize("size", [40, 256, 266, 1000, 5000])
@pytest.mark.parametrize("spread", [0.0, 0.01, 1.0, 5.0])
def test_distribution_equals_the_rwkv_packages_for_flat_and_steep_rows(
    grid: Callable[[torch.Tensor, SamplingParams], Doubles], size: int, spread: float
) -> None:
    """With flat logits the cut is beyond the candidates that are examined first."""
    logits = some_logits(size, spread, seed=size)
    expected = theirs(logits, 1.3, 0.7, 0)
    assert np.abs(grid(logits, SamplingParams(temperature=1.3, top_p=0.7)) - expected).max() <= 1.01 / GRID


def test_temperature_alone(grid: Callable[[torch.Tensor, SamplingParams], Doubles]) -> None:
    logits = some_logits(1000)
    expected = softmax(logits.double().numpy() / 0.7)
    assert np.abs(grid(logits, SamplingParams(temperature=0.7)) - expected).max() <= 1.01 / GRID


def test_ties_at_the_top_p_cut_all_stay(grid: Callable[[torch.Tensor, SamplingParams], Doubles]) -> None:
    logits = torch.full((266,), -50.0)
    logits[:4] = torch.tensor([3.0, 1.0, 1.0, 1.0])
    assert np.abs(grid(logits, SamplingParams(top_p=0.8)) - theirs(logits, 1.0, 0.8, 0)).max() <= 1.01 / GRID


def test_min_p(grid: Callable[[torch.Tensor, SamplingParams], Doubles]) -> None:
    logits = some_logits()
    p = softmax(logits.double().numpy())
    kept = np.where(p >= 0.1 * p.max(), p, 0)
    assert np.abs(grid(logits, SamplingParams(min_p=0.1)) - kept / kept.sum()).max() <= 1.01 / GRID


def test_top_n_sigma(grid: Callable[[torch.Tensor, SamplingParams], Doubles]) -> None:
    logits = some_logits()
    logits[7] = -torch.inf  # banned tokens have no part in the spread
    values = logits.double().numpy()
    finite = values[np.isfinite(values)]
    kept = np.where(values >= values.max() - 1.2 * finite.std(), softmax(values), 0)
    assert np.abs(grid(logits, SamplingParams(top_n_sigma=1.2)) - kept / kept.sum()).max() <= 1.01 / GRID


@pytest.mark.parametrize("top_p", [1.0, 0.9])
def test_typical_p(grid: Callable[[torch.Tensor, SamplingParams], Doubles], top_p: float) -> None:
    logits = some_logits(600, 1.5)
    p = softmax(logits.double().numpy()) if top_p == 1.0 else theirs(logits, 1.0, top_p, 0)
    alive = p > 0
    surprise = np.where(alive, -np.log(np.where(alive, p, 1)), np.inf)
    entropy = (p[alive] * surprise[alive]).sum()
    order = np.argsort(np.abs(surprise - entropy), kind="stable")
    count = int((p[order].cumsum() < 0.4).sum()) + 1
    kept = np.zeros_like(p)
    kept[order[:count]] = p[order[:count]]
    drawn = grid(logits, SamplingParams(typical_p=0.4, top_p=top_p))
    assert np.abs(drawn - kept / kept.sum()).max() <= 1.01 / GRID


@pytest.mark.parametrize(("chance", "acts"), [(0.4, False), (0.6, True)])  # the grid's number for XTC is 0.5
def test_xtc(grid: Callable[[torch.Tensor, SamplingParams], Doubles], chance: float, *, acts: bool) -> None:
    logits = torch.full((266,), -30.0)
    logits[100:105] = torch.tensor([4.0, 3.5, 3.0, 2.0, 0.0])
    p = softmax(logits.double().numpy())
    kept = p.copy()
    if acts:
        kept[100:102] = 0  # of the three above the threshold, the least likely remains
    drawn = grid(logits, SamplingParams(xtc_threshold=0.15, xtc_probability=chance, top_k=50))
    assert np.abs(drawn - kept / kept.sum()).max() <= 1.01 / GRID


def test_xtc_never_removes_the_end_of_the_text(grid: Callable[[torch.Tensor, SamplingParams], Doubles]) -> None:
    logits = torch.full((266,), -30.0)
    logits[0], logits[100] = 4.0, 3.5
    drawn = grid(logits, SamplingParams(xtc_threshold=0.1, xtc_probability=1.0))
    assert np.abs(drawn - softmax(logits.double().numpy())).max() <= 1.01 / GRID


@pytest.mark.parametrize("temperature", [1.0, 0.6])
def test_mirostat_cuts_what_would_surprise(
    grid: Callable[[torch.Tensor, SamplingParams], Doubles], temperature: float
) -> None:
    logits = some_logits()
    p = softmax(logits.double().numpy() / temperature)
    kept = np.where(-np.log2(p) <= 2 * 1.5, p, 0)  # mu starts at twice the target
    params = SamplingParams(mirostat_mode=2, mirostat_tau=1.5, temperature=temperature, top_p=0.1)
    assert np.abs(grid(logits, params) - kept / kept.sum()).max() <= 1.01 / GRID


def test_mirostat_reaches_its_target() -> None:
    sampler = Sampler(1, vocabulary())
    sampler.admit(0, RowStart(params=SamplingParams(mirostat_mode=2, mirostat_tau=3.0, mirostat_eta=0.1)), 1)
    surprises = []
    for step in range(400):
        logits = some_logits(266, 1.5, seed=step)
        p = softmax(logits.double().numpy())
        kept = np.where(-np.log2(p) <= sampler._mu[0], p, 0)
        token = int(sampler.sample(logits_of(logits[None]), [0]).tokens[0])
        surprises.append(-np.log2(kept[token] / kept.sum()))
    assert abs(np.mean(surprises[100:]) - 3.0) < 0.2


def test_mirostat_keeps_min_p(grid: Callable[[torch.Tensor, SamplingParams], Doubles]) -> None:
    logits = some_logits()
    p = softmax(logits.double().numpy())
    kept = np.where((-np.log2(p) <= 2 * 4.0) & (p >= 0.1 * p.max()), p, 0)
    assert (kept > 0).sum() < (-np.log2(p) <= 2 * 4.0).sum(), "min_p cuts more"
    drawn = grid(logits, SamplingParams(mirostat_mode=2, mirostat_tau=4.0, min_p=0.1))
    assert np.abs(drawn - kept / kept.sum()).max() <= 1.01 / GRID


def test_mirostat_slows_down_while_it_is_far_off() -> None:
    sampler = Sampler(2, vocabulary())
    for slot, tau in ((0, 0.1), (1, 5.0)):
        params = SamplingParams(mirostat_mode=2, mirostat_tau=tau, mirostat_eta=0.1, mirostat_decay=0.5)
        sampler.admit(slot, RowStart(params=params), 1)
    sampler._mu[:] = 20.0
    sampler.sample(logits_of(torch.zeros(2, 266)), [0, 1])  # each token has eight bits of surprise
    assert sampler._eta.tolist() == pytest.approx([0.1 / 1.5, 0.1])


def test_greedy_takes_the_first_of_equals_at_any_size() -> None:
    for size in (3, 256, 257, 1000):
        logits = torch.zeros(1, size)
        logits[0, size // 2] = logits[0, size - 1] = 1.0
        sampler = with_adjusters(1, vocabulary(size))
        sampler.admit(0, RowStart(params=SamplingParams(temperature=0)), 1)
        assert sampler.sample(logits_of(logits), [0]).tokens[0] == size // 2


def test_bias_and_bans() -> None:
    sampler = with_adjusters(2, vocabulary())
    biased = SamplingParams(temperature=0, logit_bias=((7, 5.0), (8, 4.0), (7, 1.0)), banned_tokens=(9,))
    sampler.admit(0, RowStart(params=biased), 1)
    sampler.admit(1, RowStart(params=SamplingParams(temperature=0)), 1)
    logits = torch.zeros(2, 266)
    logits[:, 9] = 50.0
    assert sampler.sample(logits_of(logits.clone()), [0, 1]).tokens.tolist() == [7, 9]
    sampler.release(0)
    sampler.admit(0, RowStart(params=SamplingParams(temperature=0)), 1)
    assert sampler.sample(logits_of(logits.clone()), [1, 0]).tokens.tolist() == [
        9,
        9,
    ]  # nothing is left of the previous row


VARIETY = (
    SamplingParams(seed=1),
    SamplingParams(top_p=0.5, presence_penalty=0.3, frequency_penalty=0.2, penalty_decay=0.99),
    SamplingParams(temperature=0, repetition_penalty=1.3),
    SamplingParams(top_k=7, dry_multiplier=0.8),
    SamplingParams(mirostat_mode=2),
    SamplingParams(min_p=0.02, xtc_probability=0.5, xtc_threshold=0.05),
    SamplingParams(typical_p=0.6, newline_schedule=True, no_repeat_punctuation=True),
    SamplingParams(top_n_sigma=1.0, logit_bias=((5, 2.0),), min_tokens=3),
)


def test_batch_mates_change_nothing() -> None:
    """Each row draws the same tokens alone and together with rows that come and go."""
    steps = [torch.stack([some_logits(seed=100 * step + row) for row in range(8)]) for step in range(40)]
    alone = []
    for row, params in enumerate(VARIETY):
        sampler = with_adjusters(8, vocabulary())
        sampler.admit(3, RowStart(params=params, context=(5, 6, 7, 5, 6), stop=("ab",)), 77 + row)
        alone.append([int(sampler.sample(logits_of(step[row : row + 1].clone()), [3]).tokens[0]) for step in steps])
    together = with_adjusters(8, vocabulary())
    got: list[list[int]] = [[] for _ in VARIETY]
    joined: list[int] = []
    for moment in range(40 + 7 * 3):
        if moment % 3 == 0 and moment // 3 < 8:
            row = moment // 3
            together.admit(row, RowStart(params=VARIETY[row], context=(5, 6, 7, 5, 6), stop=("ab",)), 77 + row)
            joined.insert(moment % 2, row)
        running = [row for row in joined if len(got[row]) < 40]
        logits = torch.stack([steps[len(got[row])][row] for row in running])
        for row, token in zip(running, together.sample(logits_of(logits), running).tokens.tolist(), strict=True):
            got[row].append(token)
    assert got == alone


@pytest.mark.parametrize("bad", [torch.nan, torch.inf])
def test_a_bad_row_fails_alone(bad: float) -> None:
    sampler = with_adjusters(8, vocabulary())
    for slot, params in enumerate(VARIETY):
        sampler.admit(slot, RowStart(params=params), slot)
    logits = torch.stack([some_logits(seed=row) for row in range(8)])
    expected = sampler.sample(logits_of(logits.clone()), range(8)).tokens
    for row in range(8):
        again = with_adjusters(8, vocabulary())
        for slot, params in enumerate(VARIETY):
            again.admit(slot, RowStart(params=params), slot)
        spoilt = logits.clone()
        spoilt[row, 100] = bad
        drawn = again.sample(logits_of(spoilt), range(8))
        assert drawn.failed.tolist() == [place == row for place in range(8)]
        others = np.arange(8) != row
        assert (drawn.tokens[others] == expected[others]).all()


def test_draws_are_even_and_independent() -> None:
    seeds = np.repeat(np.arange(100, dtype=np.uint64), 100)
    positions = np.tile(np.arange(100), 100)
    u = random_stream.uniform(seeds, positions, random_stream.TOKEN)
    assert u.min() >= 0
    assert u.max() < 1
    counts, _ = np.histogram(u, bins=20, range=(0, 1))
    assert abs(counts - 500).max() < 110  # five standard deviations
    assert abs(np.corrcoef(u[:-1], u[1:])[0, 1]) < 0.05
    assert abs(np.corrcoef(u, random_stream.uniform(seeds, positions, random_stream.XTC))[0, 1]) < 0.05


def test_candidates_have_seeds_of_their_own() -> None:
    assert random_stream.candidate_seed(5, 0) == 5
    assert len({random_stream.candidate_seed(seed, index) for seed in range(50) for index in range(20)}) == 1000
