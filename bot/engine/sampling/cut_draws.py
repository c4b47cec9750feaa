"""Draw from rows of which the cuts keep many tokens, without sorting them: the time is linear in the vocabulary.

Where a cut ends and which token is drawn are the same question: at which token does the sum of the weights, taken in
some order, exceed a number? :func:`_passing` answers it like a bucket sort that continues only with the bucket in
which this happens.

A token's gap is the distance of its logit from the row's largest; it is infinite for a token that has been cut.
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from bot.engine.kernels.work_queue import WorkQueue, report, take, wait
from bot.engine.sampling.jit import compiled_strictly

Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
Places = NDArray[np.int32]

_BUCKETS = 1024  # of 10 bits
_LOG2_E = np.float64(1.4426950408889634)
_LN2_HIGH, _LN2_LOW = np.float64(6.93145751953125e-1), np.float64(1.42860682030941723e-6)  # the first has few bits
_LOWEST = np.float64(-700.0)  # e^x is taken for 0 below this


class Cuts(NamedTuple):
    """What is kept of each of R rows, and how it is drawn from; each (R,). Applied in this order."""

    floors: Doubles  # the smallest logit that is kept
    top_k: Ints  # 0 keeps everything
    top_p: Doubles  # 1 keeps everything
    log_totals: Doubles  # log of the sum of exp(logits), for top_p
    typical_p: Doubles  # 1 keeps everything
    xtc_thresholds: Doubles  # infinite where XTC does not apply
    temperatures: Doubles
    u: Doubles  # in [0, 1), selects the token


class _Work(NamedTuple):
    """A thread's scratch space for one row; all but ``sums`` have room for the vocabulary."""

    weights: Doubles
    distances: Doubles
    places: Places
    sums: Doubles  # of the weights in each bucket, in two parts: an addition need not wait for the one before it


@compiled_strictly
def _exp(x: np.float64) -> np.float64:
    """e^x for x <= 0, to two units in the last place; 0 below -700. Unlike the C library's, it vectorises.

    x = n ln 2 + r with |r| <= ln 2 / 2, and Taylor's polynomial of degree 12 for e^r (error below 2e-16).
    """
    clamped = max(x, _LOWEST)
    n = np.floor(clamped * _LOG2_E + 0.5)
    r = clamped - n * _LN2_HIGH
    r = r - n * _LN2_LOW
    p = np.float64(1 / 479001600)
    p = p * r + np.float64(1 / 39916800)
    p = p * r + np.float64(1 / 3628800)
    p = p * r + np.float64(1 / 362880)
    p = p * r + np.float64(1 / 40320)
    p = p * r + np.float64(1 / 5040)
    p = p * r + np.float64(1 / 720)
    p = p * r + np.float64(1 / 120)
    p = p * r + np.float64(1 / 24)
    p = p * r + np.float64(1 / 6)
    p = p * r + np.float64(0.5)
    p = p * r * r + r + np.float64(1)
    power = np.int64((np.int64(np.int32(n)) + np.int64(1023)) << np.int64(52)).view(np.float64)
    return p * power if x >= _LOWEST else np.float64(0)


@compiled_strictly
def _follow(sums: Doubles, before: np.float64, target: np.float64) -> tuple[int, np.float64]:
    """Return the bucket in which the sum exceeds ``target``, else the last one, and the sum before it."""
    bucket, start, total = -1, before, before
    for candidate in range(_BUCKETS):
        mass = sums[2 * candidate] + sums[2 * candidate + 1]
        if mass > 0:
            bucket, start = candidate, total
            total += mass
            if total > target:
                break
    return bucket, start


@compiled_strictly
def _largest(numbers: Doubles) -> np.float64:
    """Return the largest of numbers that are not negative; as integers, their bits have the same order."""
    bits, largest = numbers.view(np.int64), np.int64(0)
    for i in range(bits.size):
        largest = max(largest, bits[i])
    return np.int64(largest).view(np.float64)


@compiled_strictly
def _smallest(numbers: Doubles) -> np.float64:
    bits, smallest = numbers.view(np.int64), np.int64(0x7FF0000000000000)
    for i in range(bits.size):
        smallest = min(smallest, bits[i])
    return np.int64(smallest).view(np.float64)


@compiled_strictly
def _spread(order: Doubles, weights: Doubles, places: Places) -> None:
    """Number the buckets that divide the range of the tokens that count evenly; those beyond it share the last one."""
    least = _largest(weights) * 1e-12
    bits, widest = order.view(np.int64), np.int64(0)
    for i in range(order.size):
        widest = max(widest, bits[i] if weights[i] > least else np.int64(0))
    factor = min((_BUCKETS - 1) / max(np.int64(widest).view(np.float64), 1e-300), 1e300)
    for i in range(order.size):
        places[i] = np.int32(min(order[i] * factor, np.float64(_BUCKETS - 1)))


@compiled_strictly
def _passing(order: Doubles, weights: Doubles, target: np.float64, places: Places, sums: Doubles) -> int:
    """Return the token at which the sum of the weights exceeds ``target``; -1 if the whole sum does not.

    Goes from small to large ``order`` (not negative), and through equal ones by id. ``places`` and ``sums`` are scratch
    space.
    """
    _spread(order, weights, places)
    sums[:] = 0
    whole = np.float64(0)
    for i in range(order.size):
        sums[2 * places[i] + (i & 1)] += weights[i]
    for bucket in range(sums.size):
        whole += sums[bucket]
    if not whole > target:
        return -1
    bucket, before = _follow(sums, np.float64(0), target)
    size = 0
    for i in range(order.size):
        if places[i] == bucket and weights[i] > 0:
            places[size] = i
            size += 1
    return _passing_among(order.view(np.int64), weights, target - before, places[:size], sums)


@compiled_strictly
def _lowest_bit(keys: Ints, places: Places) -> int:
    """Return the lowest of the ten bits that begin with the highest one in which the keys differ; -1 if none does."""
    differing = np.int64(0)
    for j in range(places.size):
        differing |= keys[places[j]] ^ keys[places[0]]
    bit = 0
    while differing >> bit >= _BUCKETS:
        bit += 1
    return bit if differing else -1


@compiled_strictly
def _passing_among(keys: Ints, weights: Doubles, target: np.float64, places: Places, sums: Doubles) -> int:
    """Do the same for the tokens in ``places``, which becomes scratch space; the last one if the sum is too small.

    Ten bits of the keys at a time, from the highest ones in which they differ: at most seven passes, nearly always two
    or three over few tokens.
    """
    size, before = places.size, np.float64(0)
    shift = _lowest_bit(keys, places)
    while shift >= 0:
        sums[:] = 0
        for j in range(size):
            sums[2 * (keys[places[j]] >> shift & (_BUCKETS - 1)) + (j & 1)] += weights[places[j]]
        bucket, before = _follow(sums, before, target)
        kept = 0
        for j in range(size):
            place = places[j]
            places[kept] = place
            kept += (keys[place] >> shift & (_BUCKETS - 1)) == bucket
        size = kept
        shift = _lowest_bit(keys, places[:size])
    for j in range(size - 1):
        before += weights[places[j]]
        if before > target:
            return int(places[j])
    return int(places[size - 1])


@compiled_strictly
def _gaps(row: Floats, largest: np.float64, floor: np.float64, gaps: Doubles) -> None:
    for token in range(row.size):
        logit = np.float64(row[token])
        gaps[token] = abs(largest - logit) if logit >= floor else np.inf  # -0.0 - 0.0 would be -0.0


@compiled_strictly
def _weigh(gaps: Doubles, shift: np.float64, scale: np.float64, weights: Doubles) -> np.float64:
    """Write exp((shift - gap) * scale); returns the sum."""
    total = np.float64(0)
    for token in range(gaps.size):
        weights[token] = _exp((shift - gaps[token]) * scale)
        total += weights[token]
    return total


@compiled_strictly
def _keep_top_p(gaps: Doubles, top_p: np.float64, shift: np.float64, work: _Work) -> None:
    """Keep the fewest tokens whose probabilities reach ``top_p`` together, and those as likely as the last of them."""
    _weigh(gaps, shift, np.float64(1), work.weights)
    last = _passing(gaps, work.weights, np.nextafter(top_p, -1.0), work.places, work.sums)
    widest = gaps[last] if last >= 0 else np.inf
    for token in range(gaps.size):
        gaps[token] = gaps[token] if gaps[token] <= widest else np.inf


@compiled_strictly
def _keep_top_k(gaps: Doubles, top_k: int, work: _Work) -> None:
    for token in range(gaps.size):
        work.weights[token] = 1 if gaps[token] < np.inf else 0
    last = _passing(gaps, work.weights, np.float64(top_k - 0.5), work.places, work.sums)
    if last < 0:
        return
    widest = gaps[last]
    for token in range(gaps.size):
        kept = gaps[token] < widest or (gaps[token] == widest and token <= last)
        gaps[token] = gaps[token] if kept else np.inf


@compiled_strictly
def _keep_typical(gaps: Doubles, mass: np.float64, work: _Work) -> None:
    """Keep the tokens whose surprise is nearest to the entropy, see :func:`.truncation.typical`."""
    weights, distances = work.weights, work.distances
    total, middle = _weigh(gaps, np.float64(0), np.float64(1), weights), np.float64(0)
    for token in range(gaps.size):
        middle += weights[token] * gaps[token] if weights[token] > 0 else np.float64(0)
    middle /= total  # the gap of a token with a surprise equal to the entropy
    for token in range(gaps.size):
        distances[token] = abs(gaps[token] - middle)
    last = _passing(distances, weights, np.nextafter(mass, -1.0) * total, work.places, work.sums)
    limit = distances[last] if last >= 0 else np.inf
    for token in range(gaps.size):
        kept = distances[token] <= limit and weights[token] > 0
        gaps[token] = gaps[token] if kept else np.inf


@compiled_strictly
def _exclude_top(gaps: Doubles, threshold: np.float64, special: Bools, work: _Work) -> None:
    """XTC, see :func:`.truncation.excluded_top_choices`; never excludes a ``special`` token, nor anything beside it."""
    weights = work.weights
    limit = max(threshold * _weigh(gaps, np.float64(0), np.float64(1), weights), np.float64(1e-300))
    least, widest = -1, np.float64(-1)
    for token in range(gaps.size):
        if weights[token] >= limit and gaps[token] >= widest:
            least, widest = token, gaps[token]
    for token in range(gaps.size):
        if weights[token] >= limit and token != least and special[token]:
            return
    for token in range(gaps.size):
        gaps[token] = gaps[token] if weights[token] < limit or token == least else np.inf


@compiled_strictly
def _draw(gaps: Doubles, temperature: np.float64, u: np.float64, work: _Work) -> tuple[int, np.float64]:
    """Return the token and its probability."""
    weights = work.weights
    total = _weigh(gaps, _smallest(gaps), np.float64(1 / max(temperature, 1e-300)), weights)
    token = _passing(gaps, weights, u * total, work.places, work.sums)
    if token < 0:  # u * total was rounded up to the sum
        for other in range(gaps.size):
            if weights[other] > 0 and (token < 0 or gaps[other] >= gaps[token]):
                token = other
    return token, weights[token] / total


@compiled_strictly
def draw_cut(queue: WorkQueue, logits: Any, rows: Ints, cuts: Cuts, special: Bools, out: Any) -> None:
    """Draw a token for each of ``rows``.

    ``logits``: (B, V) and the largest of each block; ``special`` (V,): tokens that XTC leaves; ``out``: tokens (R,) and
    their probabilities (R,) among those that were left.
    """
    numbers, maxima = logits
    size = numbers.shape[1]
    gaps = np.empty(size)
    work = _Work(np.empty(size), np.empty(size), np.empty(size, np.int32), np.empty(2 * _BUCKETS))
    done, i = 0, take(queue, 0, 1)
    while i < rows.size:
        largest = np.float64(np.max(maxima[rows[i]]))
        _gaps(numbers[rows[i]], largest, cuts.floors[i], gaps)
        if cuts.top_p[i] < 1:
            _keep_top_p(gaps, cuts.top_p[i], largest - cuts.log_totals[i], work)
        if cuts.top_k[i] > 0:
            _keep_top_k(gaps, cuts.top_k[i], work)
        if cuts.typical_p[i] < 1:
            _keep_typical(gaps, cuts.typical_p[i], work)
        if cuts.xtc_thresholds[i] < np.inf:
            _exclude_top(gaps, cuts.xtc_thresholds[i], special, work)
        out[0][i], out[1][i] = _draw(gaps, cuts.temperatures[i], cuts.u[i], work)
        done, i = done + 1, take(queue, 0, 1)
    report(queue, 0, done)
    wait(queue, 0, rows.size)
