"""Which candidates may be drawn, and which one is: top_p, top_k, min_p and the others on sorted rows.

All functions work on (R, K) float64 arrays whose columns go from the most to the least likely token.

The cuts top_p, top_k, min_p and top_n_sigma each keep a beginning of that order and are judged on the distribution
over the whole vocabulary before the temperature, as ``rwkv.utils.PIPELINE.sample_logits`` does; the shortest beginning
stays. typical_p and XTC then look at what is left; the temperature comes last.
"""

import numpy as np
from numpy.typing import NDArray

Doubles = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

UNKNOWN = np.iinfo(np.int64).max  # the cut lies beyond the candidates


def _reaching(threshold_met: Bools, size: int) -> Ints:
    """How many leading columns meet a threshold; UNKNOWN where all do although there are more tokens than columns."""
    count = threshold_met.sum(axis=1)
    if threshold_met.shape[1] < size:
        count[threshold_met.all(axis=1)] = UNKNOWN
    return np.asarray(np.maximum(count, 1))


def keep_top_p(probabilities: Doubles, top_p: Doubles, size: int) -> Ints:
    """Fewest tokens whose probabilities reach ``top_p``, and those equal to the last of them.

    Holtzman et al. 2019 (nucleus sampling). A row with top_p >= 1 keeps everything.
    """
    cumulative = probabilities.cumsum(axis=1)
    reached = cumulative >= top_p[:, None]
    known = reached.any(axis=1)
    cutoff = probabilities[np.arange(len(probabilities)), reached.argmax(axis=1)]
    count = _reaching(probabilities >= cutoff[:, None], size)
    everything = probabilities.shape[1] if probabilities.shape[1] >= size else UNKNOWN
    count[~known] = everything  # at the whole vocabulary the sum can round to less than top_p
    count[top_p >= 1.0] = UNKNOWN
    return count


def keep_top_k(top_k: Ints, columns: int) -> Ints:
    """The ``top_k`` most likely; 0 keeps everything."""
    return np.where((top_k > 0) & (top_k <= columns), top_k, UNKNOWN)


def keep_min_p(probabilities: Doubles, min_p: Doubles, size: int) -> Ints:
    """Tokens at least ``min_p`` times as likely as the most likely one (Nguyen et al. 2024); 0 keeps everything."""
    count = _reaching(probabilities >= min_p[:, None] * probabilities[:, :1], size)
    count[min_p <= 0.0] = UNKNOWN
    return count


def keep_top_n_sigma(values: Doubles, n_sigma: Doubles, deviations: Doubles, size: int) -> Ints:
    """Logits within ``n_sigma`` standard deviations of the largest (Tang et al. 2024); 0 keeps everything."""
    count = _reaching(values >= values[:, :1] - (n_sigma * deviations)[:, None], size)
    count[n_sigma <= 0.0] = UNKNOWN
    return count


def keep_surprise(log_probabilities: Doubles, limit: Doubles, size: int) -> Ints:
    """Tokens with a surprise of at most ``limit`` bits, at least one (mirostat 2: Basu et al. 2021, algorithm 2)."""
    return _reaching(-log_probabilities / np.log(2.0) <= limit[:, None], size)


def first(keep: Ints, columns: int) -> Bools:
    """(R, K): True in the first ``keep`` columns."""
    return np.arange(columns)[None, :] < keep[:, None]


def normalised(weights: Doubles) -> Doubles:
    """Rows that sum to one."""
    return np.asarray(weights / weights.sum(axis=1, keepdims=True))


def typical(probabilities: Doubles, mass: Doubles) -> Bools:
    """Tokens whose surprise is nearest to the entropy, until ``mass`` is reached (Meister et al. 2022).

    ``probabilities`` are normalised, 0 for what was cut before. Rows with mass >= 1 keep everything.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        surprise = -np.log(probabilities)
        entropy = np.nansum(np.where(probabilities > 0, probabilities * surprise, 0.0), axis=1, keepdims=True)
        distance = np.abs(surprise - entropy)
    order = np.argsort(distance, axis=1, kind="stable")
    cumulative = np.take_along_axis(probabilities, order, axis=1).cumsum(axis=1)
    last = np.minimum((cumulative < mass[:, None]).sum(axis=1), probabilities.shape[1] - 1)
    limit = np.take_along_axis(distance, np.take_along_axis(order, last[:, None], axis=1), axis=1)
    return np.asarray(((distance <= limit) | (mass >= 1.0)[:, None]) & (probabilities > 0))


def excluded_top_choices(probabilities: Doubles, threshold: Doubles, chance: Doubles, u: Doubles) -> Bools:
    """XTC (p-e-w 2024): with probability ``chance``, all tokens at or above ``threshold`` but the least likely one.

    ``u`` (R,) in [0, 1) decides whether it acts.
    """
    above = probabilities >= threshold[:, None]
    columns = np.arange(probabilities.shape[1])
    least = np.where(above, columns, -1).max(axis=1)
    return np.asarray(above & (columns[None, :] < least[:, None]) & (u < chance)[:, None])


def heated(values: Doubles, allowed: Bools, temperatures: Doubles) -> Doubles:
    """Weights exp((value - largest) / temperature) of what is allowed, 0 elsewhere; not normalised."""
    shifted = np.where(allowed, values, -np.inf)
    shifted = shifted - shifted.max(axis=1, keepdims=True)
    return np.asarray(np.exp(shifted / temperatures[:, None]))


def chosen(weights: Doubles, u: Doubles) -> Ints:
    """The column at which the cumulative weight passes ``u`` (R,) of the total."""
    cumulative = weights.cumsum(axis=1)
    columns = (cumulative <= (u * cumulative[:, -1])[:, None]).sum(axis=1)
    possible = np.where(weights > 0, np.arange(weights.shape[1]), -1).max(axis=1)
    return np.asarray(np.minimum(columns, possible))
