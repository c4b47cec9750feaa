"""Which candidates may be drawn, and which one is: top_p, top_k, min_p and other cuts on sorted rows.

All functions work on (R, K) float64 arrays whose columns are ordered from the most to the least likely token.

The cuts top_p, top_k, min_p and top_n_sigma each keep a prefix of that order, determined from the distribution over
the whole vocabulary before temperature, as in ``rwkv.utils.PIPELINE.sample_logits``; the shortest prefix wins.
typical_p and XTC then work on what is left; the temperature comes last.
"""

import numpy as np
from numpy.typing import NDArray

Doubles = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

UNKNOWN = np.iinfo(np.int64).max  # the cut lies beyond the candidates


def _reaching(threshold_met: Bools, size: int) -> Ints:
    """Count the leading columns that meet a threshold; UNKNOWN if all do and there are more tokens than columns."""
    count = threshold_met.sum(axis=1)
    if threshold_met.shape[1] < size:
        count[threshold_met.all(axis=1)] = UNKNOWN
    return np.asarray(np.maximum(count, 1))


def keep_top_p(probabilities: Doubles, top_p: Doubles, size: int) -> Ints:
    """Keep the fewest tokens whose probabilities sum to ``top_p``, and those as likely as the last of them.

    Holtzman et al. 2019 (nucleus sampling). A row with top_p >= 1 keeps everything.
    """
    cumulative = probabilities.cumsum(axis=1)
    reached = cumulative >= top_p[:, None]
    known = reached.any(axis=1)
    cutoff = probabilities[np.arange(len(probabilities)), reached.argmax(axis=1)]
    count = _reaching(probabilities >= cutoff[:, None], size)
    everything = probabilities.shape[1] if probabilities.shape[1] >= size else UNKNOWN
    count[~known] = everything  # over the whole vocabulary the sum can round to less than top_p
    count[top_p >= 1.0] = UNKNOWN
    return count


def keep_top_k(top_k: Ints, columns: int) -> Ints:
    """Keep the ``top_k`` most likely tokens; 0 keeps everything."""
    return np.where((top_k > 0) & (top_k <= columns), top_k, UNKNOWN)


def keep_min_p(probabilities: Doubles, min_p: Doubles, size: int) -> Ints:
    """Keep tokens at least ``min_p`` times as likely as the top one (Nguyen et al. 2024); 0 keeps everything."""
    count = _reaching(probabilities >= min_p[:, None] * probabilities[:, :1], size)
    count[min_p <= 0.0] = UNKNOWN
    return count


def keep_top_n_sigma(values: Doubles, n_sigma: Doubles, deviations: Doubles, size: int) -> Ints:
    """Keep logits within ``n_sigma`` standard deviations of the largest (Tang et al. 2024); 0 keeps everything."""
    count = _reaching(values >= values[:, :1] - (n_sigma * deviations)[:, None], size)
    count[n_sigma <= 0.0] = UNKNOWN
    return count


def keep_surprise(log_probabilities: Doubles, limit: Doubles, size: int) -> Ints:
    """Keep tokens with a surprise of at most ``limit`` bits, at least one (mirostat 2, Basu et al. 2021)."""
    return _reaching(-log_probabilities / np.log(2.0) <= limit[:, None], size)


def first(keep: Ints, columns: int) -> Bools:
    """(R, K): True in the first ``keep`` columns."""
    return np.arange(columns)[None, :] < keep[:, None]


def normalised(weights: Doubles) -> Doubles:
    """Scale each row to sum to one."""
    return np.asarray(weights / weights.sum(axis=1, keepdims=True))


def typical(probabilities: Doubles, mass: Doubles) -> Bools:
    """Keep the tokens whose surprise is nearest to the entropy, until ``mass`` is reached (Meister et al. 2022).

    ``probabilities`` are normalised, with 0 for tokens already cut. Rows with mass >= 1 keep everything.
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


def excluded_top_choices(probabilities: Doubles, threshold: Doubles, excluding: Bools) -> Bools:
    """XTC (p-e-w 2024): exclude all but the least likely token at or above ``threshold`` in the rows ``excluding``.

    ``probabilities`` are normalised, with 0 for tokens already cut.
    """
    above = (probabilities >= threshold[:, None]) & (probabilities > 0)
    columns = np.arange(probabilities.shape[1])
    least = np.where(above, columns, -1).max(axis=1)
    return np.asarray(above & (columns[None, :] < least[:, None]) & excluding[:, None])


def apply_temperature(values: Doubles, allowed: Bools, temperatures: Doubles) -> Doubles:
    """Weights exp((value - largest) / temperature) of the allowed tokens, 0 elsewhere; not normalised."""
    shifted = np.where(allowed, values, -np.inf)
    shifted = shifted - shifted.max(axis=1, keepdims=True)
    return np.asarray(np.exp(shifted / temperatures[:, None]))


def chosen(weights: Doubles, u: Doubles) -> Ints:
    """Return the column at which the cumulative weight exceeds ``u`` (R,) times the total."""
    cumulative = weights.cumsum(axis=1)
    columns = (cumulative <= (u * cumulative[:, -1])[:, None]).sum(axis=1)
    possible = np.where(weights > 0, np.arange(weights.shape[1]), -1).max(axis=1)
    return np.asarray(np.minimum(columns, possible))
