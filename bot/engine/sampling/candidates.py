"""Find the few tokens that matter without sorting the vocabulary, and draw from all of it.

A row's logits are scanned in blocks of 256. The K-th largest of the block maxima is a lower bound of the K-th largest
logit, and the logits that reach this bound lie in at most a few more than K blocks: those are collected and sorted.
That takes two passes over a row. (For other devices see tensor_logits.py.)
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bot.engine.kernels.threads import team
from bot.engine.kernels.work_queue import WorkQueue, report, take, wait
from bot.engine.sampling.cut_draws import Cuts, draw_cut
from bot.engine.sampling.jit import compiled

Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]
Ints = NDArray[np.int64]
Keys = NDArray[np.int64]  # upper half falls as the logit rises, lower half is the id: sorted, the best come first

BLOCK = 256
_ROWS_FOR_THREADS = 16  # with fewer rows, waking another thread takes longer
FIRST = 64  # candidates examined first; nearly every real row is settled among them


@dataclass(slots=True)
class Candidates:
    """The K most likely tokens of each row, most likely first."""

    values: Doubles  # (R, K) logits
    ids: Ints  # (R, K)
    log_total: Doubles  # (R,) log of the sum of exp(logits) over the vocabulary
    complete: bool  # whether K is the whole vocabulary


def block_maxima(logits: Floats) -> Floats:
    """Return the largest logit of each block, (B, ceil(V / 256)); NaN where the block contains one."""
    rows, size = logits.shape
    whole = size // BLOCK * BLOCK
    maxima = np.empty((rows, -(-size // BLOCK)), np.float32)
    if whole:
        np.max(logits[:, :whole].reshape(rows, -1, BLOCK), axis=2, out=maxima[:, : whole // BLOCK])
    if whole < size:
        np.max(logits[:, whole:], axis=1, out=maxima[:, -1])
    return maxima


@compiled
def _argmax(logits: Floats, maxima: Floats, rows: Ints, out: Ints) -> None:
    for i in range(rows.size):
        best = np.argmax(maxima[rows[i]])
        start = best * 256
        block = logits[rows[i], start : start + 256]
        out[i] = start + np.argmax(block)


@compiled
def _sum_exp(part: Floats, largest: np.float32, scale: np.float32) -> np.float32:
    """Sum of exp((part - largest) * scale).

    2^n comes from the exponent bits, and 2^f for f in [0, 1) from a polynomial (relative error 2e-7), so that the loop
    vectorises.
    """
    total = np.float32(0.0)
    for i in range(part.size):
        x = max((part[i] - largest) * scale * np.float32(1.4426950408889634), np.float32(-126.0))
        n = np.floor(x)
        f = x - n
        p = np.float32(1.8775767e-3)
        p = p * f + np.float32(8.9893397e-3)
        p = p * f + np.float32(5.5826318e-2)
        p = p * f + np.float32(2.4015361e-1)
        p = p * f + np.float32(6.9315308e-1)
        p = p * f + np.float32(9.9999994e-1)
        total += p * np.int32((np.int32(n) + np.int32(127)) << np.int32(23)).view(np.float32)
    return total


@compiled
def _log_total(row: Floats, largest: np.float32, scale: np.float32) -> np.float64:
    """Log of sum(exp(scale * row)), summed by blocks: float32 alone would lose the small terms."""
    total = np.float64(0.0)
    for start in range(0, row.size, 256):
        total += _sum_exp(row[start : start + 256], largest, scale)
    return np.float64(largest * scale + np.log(total))


@compiled
def _collect(
    queue: WorkQueue, logits: Floats, maxima: Floats, rows: Ints, floors: Floats, keys: Keys, found: Ints
) -> None:
    """Write the sort keys of the logits at or above ``floors`` to ``keys`` (R, room); ``found`` (R,) counts them."""
    room = keys.shape[1]
    done, i = 0, take(queue, 0, 1)
    while i < rows.size:
        row = logits[rows[i]]
        floor = floors[i]
        count = 0
        for block in range(maxima.shape[1]):
            if maxima[rows[i], block] < floor:
                continue
            start = block * 256
            part = row[start : start + 256]
            for j in range(part.size):
                if part[j] >= floor:
                    if count < room:
                        bits = np.float32(part[j]).view(np.int32)
                        rising = np.int64(bits) if bits >= 0 else np.int64(-2147483648) - np.int64(bits)
                        keys[i, count] = (-rising << np.int64(32)) + np.int64(start + j)
                    count += 1
        found[i] = count
        done, i = done + 1, take(queue, 0, 1)
    report(queue, 0, done)
    wait(queue, 0, rows.size)


@compiled
def _scaled_totals(queue: WorkQueue, logits: Floats, maxima: Floats, rows: Ints, scales: Floats, out: Doubles) -> None:
    done, i = 0, take(queue, 0, 1)
    while i < rows.size:
        out[i] = _log_total(logits[rows[i]], np.max(maxima[rows[i]]), scales[i])
        done, i = done + 1, take(queue, 0, 1)
    report(queue, 0, done)
    wait(queue, 0, rows.size)


@compiled
def _draw(row: Floats, largest: np.float32, scale: np.float32, u: np.float64, sums: Doubles) -> int:
    """Invert the cumulative distribution in the order of the ids: find the block first, then the token in it."""
    total = np.float64(0.0)
    for block in range(sums.size):
        sums[block] = _sum_exp(row[block * 256 : block * 256 + 256], largest, scale)
        total += sums[block]
    target = u * total
    block = 0
    while block < sums.size - 1 and target >= sums[block]:
        target -= sums[block]
        block += 1
    best = -1
    for i in range(block * 256, min(block * 256 + 256, row.size)):
        if row[i] == -np.inf:
            continue
        best = i
        weight = _sum_exp(row[i : i + 1], largest, scale)
        if target < weight:
            return i
        target -= weight
    if best < 0:  # rounding led to a block with only banned tokens
        return int(np.argmax(row))
    return best


@compiled
def _draws(queue: WorkQueue, logits: Floats, maxima: Floats, rows: Ints, scales: Floats, u: Doubles, out: Ints) -> None:
    done, i = 0, take(queue, 0, 1)
    while i < rows.size:
        sums = np.empty(maxima.shape[1], np.float64)
        out[i] = _draw(logits[rows[i]], np.max(maxima[rows[i]]), scales[i], u[i], sums)
        done, i = done + 1, take(queue, 0, 1)
    report(queue, 0, done)
    wait(queue, 0, rows.size)


@compiled
def _deviations(logits: Floats, rows: Ints, out: Doubles) -> None:
    for i in range(rows.size):
        row = logits[rows[i]]
        count, total, squares = 0, np.float64(0), np.float64(0)
        for token in range(row.size):
            finite = row[token] > -np.inf
            count += finite
            total += np.float64(row[token]) if finite else np.float64(0)
        mean = total / max(count, 1)
        for token in range(row.size):
            distance = np.float64(row[token]) - mean if row[token] > -np.inf else np.float64(0)
            squares += distance * distance
        out[i] = np.sqrt(squares / max(count, 1))


def _run(kernel: Any, rows: Ints, *arguments: Any) -> None:
    """Run a kernel whose tasks are the ``rows``."""
    team().run(kernel, 1, *arguments, alone=rows.size < _ROWS_FOR_THREADS)


class HostDistribution:
    """The logits of one step, (B, V) float32; see :class:`bot.engine.sampling.logits.Distribution`."""

    def __init__(self, logits: Floats) -> None:
        self._logits = logits
        self._peaks = block_maxima(logits)

    @property
    def size(self) -> int:
        return int(self._logits.shape[1])

    @property
    def steps(self) -> Sequence[int]:
        """How many candidates to examine before :meth:`draw_cut`, which is faster than sorting many of them."""
        return (FIRST,)

    def failed(self) -> NDArray[np.bool_]:
        """Rows without a usable logit: a NaN, +inf, or nothing but -inf; (B,) bool."""
        return np.asarray(~np.isfinite(self._peaks.max(axis=1)))

    def largest(self, rows: Ints) -> Doubles:
        """Return the largest logit of each of ``rows``."""
        return np.asarray(self._peaks[rows].max(axis=1), np.float64)

    def argmax(self, rows: Ints) -> Ints:
        """Return the most likely token of each of ``rows``; ties go to the smallest id."""
        out = np.empty(rows.size, np.int64)
        _argmax(self._logits, self._peaks, rows, out)
        return out

    def top(self, rows: Ints, count: int) -> Candidates:
        """Return the ``count`` most likely tokens of each of ``rows``."""
        count = min(count, self.size)
        keys = self._sorted_keys(rows, count)
        ids = keys & 0xFFFFFFFF
        values = self._logits[rows[:, None], ids].astype(np.float64)
        return Candidates(values, ids, self.log_totals(rows, np.ones(rows.size)), count == self.size)

    def _sorted_keys(self, rows: Ints, count: int) -> Keys:
        """Return the keys of the ``count`` largest logits, (R, count)."""
        room = min(self.size, 4 * count)
        keys = np.full((rows.size, room), np.iinfo(np.int64).max)
        found = np.empty(rows.size, np.int64)
        _run(_collect, rows, self._logits, self._peaks, rows, self._floors(rows, count), keys, found)
        keys.sort(axis=1)
        keys = keys[:, :count]
        for place in np.flatnonzero(found > room):  # very many equal logits: sort the whole row
            keys[place] = self._all_keys(rows[place : place + 1])[0, :count]
        return keys

    def _all_keys(self, rows: Ints) -> Keys:
        keys = np.empty((rows.size, self.size), np.int64)
        everything = np.full(rows.size, -np.inf, np.float32)
        _run(_collect, rows, self._logits, self._peaks, rows, everything, keys, np.empty(rows.size, np.int64))
        keys.sort(axis=1)
        return keys

    def _floors(self, rows: Ints, count: int) -> Floats:
        """Return a lower bound of the ``count``-th largest logit, (R,): the maxima of that many blocks reach it."""
        width = self.size // (4 * count)
        if width < 2:
            return np.full(rows.size, -np.inf, np.float32)
        if width >= BLOCK:
            maxima = self._peaks[rows]
        else:
            whole = self.size // width * width
            maxima = self._logits[rows, :whole].reshape(rows.size, -1, width).max(axis=2)
        place = maxima.shape[1] - count
        return np.asarray(np.partition(maxima, place, axis=1)[:, place])

    def log_totals(self, rows: Ints, temperatures: Doubles) -> Doubles:
        """Log of the sum of exp(logits / temperature) over the vocabulary, (R,)."""
        out = np.empty(rows.size, np.float64)
        _run(_scaled_totals, rows, self._logits, self._peaks, rows, (1.0 / temperatures).astype(np.float32), out)
        return out

    def deviations(self, rows: Ints) -> Doubles:
        """Standard deviation of each row's finite logits, (R,)."""
        out = np.empty(rows.size, np.float64)
        _deviations(self._logits, rows, out)
        return out

    def draw(self, rows: Ints, temperatures: Doubles, u: Doubles) -> Ints:
        """Draw a token from the whole vocabulary for each of ``rows``, selected by ``u`` (R,) in [0, 1)."""
        out = np.empty(rows.size, np.int64)
        _run(_draws, rows, self._logits, self._peaks, rows, (1.0 / temperatures).astype(np.float32), u, out)
        return out

    def draw_cut(self, rows: Ints, cuts: Cuts, special: NDArray[np.bool_]) -> tuple[Ints, Doubles]:
        """Draw from what the cuts keep; see :class:`bot.engine.sampling.logits.Distribution`."""
        out = np.empty(rows.size, np.int64), np.empty(rows.size, np.float64)
        arguments = (self._logits, self._peaks), rows, cuts, special, out
        team().run(draw_cut, 1, *arguments, alone=rows.size == 1)
        return out
