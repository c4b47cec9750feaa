"""The candidates that remain after truncation, for hand-made distributions."""

import numpy as np
import pytest

from bot.engine.sampling import truncation

PROBABILITIES = np.array([[0.5, 0.2, 0.2, 0.06, 0.04]])


def of(value: float) -> truncation.Doubles:
    return np.array([value])


@pytest.mark.parametrize(
    ("top_p", "kept"), [(0.3, 1), (0.5, 1), (0.6, 3), (0.7, 3), (0.89, 3), (0.95, 4), (1.0, truncation.UNKNOWN)]
)
def test_top_p_keeps_the_fewest_that_reach_it_and_their_equals(top_p: float, kept: int) -> None:
    assert truncation.keep_top_p(PROBABILITIES, of(top_p), 5).tolist() == [kept]


def test_a_cut_beyond_the_candidates_is_unknown() -> None:
    assert truncation.keep_top_p(PROBABILITIES[:, :2], of(0.9), 5).tolist() == [truncation.UNKNOWN]
    assert truncation.keep_min_p(PROBABILITIES[:, :2], of(0.1), 5).tolist() == [truncation.UNKNOWN]
    assert truncation.keep_top_k(np.array([9]), 2).tolist() == [truncation.UNKNOWN]


def test_top_k_and_min_p() -> None:
    assert truncation.keep_top_k(np.array([0, 1, 5]), 5).tolist() == [truncation.UNKNOWN, 1, 5]
    assert truncation.keep_min_p(PROBABILITIES, of(0.4), 5).tolist() == [3]
    assert truncation.keep_min_p(PROBABILITIES, of(1.0), 5).tolist() == [1], "one stays always"
    assert truncation.keep_min_p(PROBABILITIES, of(0.0), 5).tolist() == [truncation.UNKNOWN]


def test_top_n_sigma_and_surprise() -> None:
    values = np.array([[3.0, 2.5, 1.0, -4.0]])
    assert truncation.keep_top_n_sigma(values, of(1.0), of(1.0), 4).tolist() == [2]
    assert truncation.keep_top_n_sigma(values, of(0.0), of(1.0), 4).tolist() == [truncation.UNKNOWN]
    assert truncation.keep_surprise(np.log(PROBABILITIES), of(2.4), 5).tolist() == [3]
    assert truncation.keep_surprise(np.log(PROBABILITIES), of(0.1), 5).tolist() == [1]


def test_xtc_counts_only_what_is_left() -> None:
    left = np.array([[0.5, 0.3, 0.2, 0.0]])
    gone = truncation.excluded_top_choices(left, of(0.0), np.array([True]))
    assert gone.tolist() == [[True, True, False, False]], "the least likely of those that are left stays"
