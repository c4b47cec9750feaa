"""The few tokens that matter, found without sorting the vocabulary; and draws from all of it.

A row's logits are looked at in blocks of 256. The K-th largest of the blocks' maxima is a lower bound of the K-th
largest logit, and whatever reaches that bound lies in at most a few blocks more than K: those are collected and sorted.
On the CPU that is two passes over a row; other devices use their own partial sort.
"""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from bot.engine.jit import compiled

Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]
Ints = NDArray[np.int64]

BLOCK = 256
FIRST = 64  # candidates looked at first; nearly every real row is settled among them


@dataclass(slots=True)
class Candidates:
    """The K most likely tokens of each row, most likely first."""

    values: Doubles  # (R, K) logits
    ids: Ints  # (R, K)
    log_total: Doubles  # (R,) log of the sum of exp(logits) over the vocabulary
    complete: bool  # K is the whole vocabulary


def block_maxima(logits: torch.Tensor) -> torch.Tensor:
    """The largest logit of each block, (B, ceil(V / 256)); NaN where the block holds one."""
    rows, size = logits.shape
    whole = size // BLOCK * BLOCK
    parts = [logits[:, :whole].view(rows, -1, BLOCK).amax(-1)] if whole else []
    if whole < size:
        parts.append(logits[:, whole:].amax(-1, keepdim=True))
    return parts[0] if len(parts) == 1 else torch.cat(parts, dim=1)


@compiled
def _argmax(logits: Floats, maxima: Floats, rows: Ints, out: Ints) -> None:
    for i in range(rows.size):
        best = np.argmax(maxima[rows[i]])
        start = best * 256
        block = logits[rows[i], start : start + 256]
        out[i] = start + np.argmax(block)


@compiled
def _log_total(row: Floats, largest: np.float32, scale: np.float32) -> np.float64:
    """Log of sum(exp(scale * row)); exp by a polynomial of 2^f (relative error 2e-7), which the compiler vectorises."""
    total = np.float64(0.0)
    size = row.size
    for start in range(0, size, 256):
        part = np.float32(0.0)
        for i in range(start, min(start + 256, size)):
            x = (row[i] - largest) * scale * np.float32(1.4426950408889634)
            x = max(x, np.float32(-126.0))
            n = np.floor(x)
            f = x - n
            p = np.float32(1.8775767e-3)
            p = p * f + np.float32(8.9893397e-3)
            p = p * f + np.float32(5.5826318e-2)
            p = p * f + np.float32(2.4015361e-1)
            p = p * f + np.float32(6.9315308e-1)
            p = p * f + np.float32(9.9999994e-1)
            power = np.int32((np.int32(n) + np.int32(127)) << np.int32(23))
            part += p * power.view(np.float32)
        total += part
    return np.float64(largest) * scale + np.log(total)


@compiled
def _top(logits: Floats, maxima: Floats, rows: Ints, values: Doubles, ids: Ints, totals: Doubles) -> None:
    count = values.shape[1]
    size = logits.shape[1]
    blocks = maxima.shape[1]
    found_values = np.empty(size, np.float32)
    found_ids = np.empty(size, np.int64)
    for i in range(rows.size):
        row = logits[rows[i]]
        peaks = maxima[rows[i]]
        floor = np.float32(-np.inf)
        if count < blocks:
            floor = np.sort(peaks)[blocks - count]
        found = 0
        for block in range(blocks):
            if peaks[block] >= floor:
                for j in range(block * 256, min(block * 256 + 256, size)):
                    if row[j] >= floor:
                        found_values[found] = row[j]
                        found_ids[found] = j
                        found += 1
        order = np.argsort(-found_values[:found], kind="mergesort")  # stable: equal logits in the order of their ids
        for j in range(count):
            values[i, j] = found_values[order[j]]
            ids[i, j] = found_ids[order[j]]
        totals[i] = _log_total(row, np.max(peaks), np.float32(1.0))


@compiled
def _scaled_totals(logits: Floats, maxima: Floats, rows: Ints, scales: Floats, out: Doubles) -> None:
    for i in range(rows.size):
        out[i] = _log_total(logits[rows[i]], np.max(maxima[rows[i]]), scales[i])


@compiled
def _draw(row: Floats, largest: np.float32, scale: np.float32, u: np.float64, sums: Doubles) -> int:
    """Inverse of the cumulative distribution in the order of the ids: find the block first, then the token in it."""
    size = row.size
    total = np.float64(0.0)
    for block in range(sums.size):
        part = np.float64(0.0)
        for i in range(block * 256, min(block * 256 + 256, size)):
            part += np.exp((row[i] - largest) * scale)
        sums[block] = part
        total += part
    target = u * total
    last = 0
    for block in range(sums.size):
        if target >= sums[block]:
            target -= sums[block]
            continue
        for i in range(block * 256, min(block * 256 + 256, size)):
            weight = np.float64(np.exp((row[i] - largest) * scale))
            if weight > 0.0:
                last = i
                if target < weight:
                    return i
                target -= weight
        return last
    return np.int64(np.argmax(row))  # u * total was rounded up to the total


@compiled
def _draws(logits: Floats, maxima: Floats, rows: Ints, scales: Floats, u: Doubles, out: Ints) -> None:
    sums = np.empty(maxima.shape[1], np.float64)
    for i in range(rows.size):
        out[i] = _draw(logits[rows[i]], np.max(maxima[rows[i]]), scales[i], u[i], sums)


class Distribution:
    """The logits of one step, (B, V) float32, and what is asked of them. The logits may be changed through ``forbid``."""

    def __init__(self, logits: torch.Tensor) -> None:
        self.logits = logits
        self._maxima = block_maxima(logits)
        self._on_cpu = logits.device.type == "cpu"
        self._logits = logits.numpy() if self._on_cpu else np.empty((0, 0), np.float32)
        self._peaks = self._maxima.cpu().numpy()

    @property
    def size(self) -> int:
        """Tokens in the vocabulary."""
        return int(self.logits.shape[1])

    def failed(self) -> NDArray[np.bool_]:
        """Rows without a usable logit: a NaN, +inf, or nothing but -inf. (B,)"""
        return ~np.isfinite(self._peaks.max(axis=1))

    def argmax(self, rows: Ints) -> Ints:
        """The most likely token of each of ``rows``; of equals the one with the smallest id."""
        if not self._on_cpu:
            return np.asarray(self.logits[torch.from_numpy(rows)].argmax(-1).cpu().numpy())
        out = np.empty(rows.size, np.int64)
        _argmax(self._logits, self._peaks, rows, out)
        return out

    def top(self, rows: Ints, count: int) -> Candidates:
        """The ``count`` most likely tokens of each of ``rows``."""
        count = min(count, self.size)
        if not self._on_cpu:
            part = self.logits[torch.from_numpy(rows)]
            values, ids = part.topk(count)
            totals = part.logsumexp(-1)
            return Candidates(
                values.double().cpu().numpy(), ids.cpu().numpy(), totals.double().cpu().numpy(), count == self.size
            )
        found = np.empty((rows.size, count), np.float64)
        found_ids = np.empty((rows.size, count), np.int64)
        log_totals = np.empty(rows.size, np.float64)
        _top(self._logits, self._peaks, rows, found, found_ids, log_totals)
        return Candidates(found, found_ids, log_totals, count == self.size)

    def log_totals(self, rows: Ints, temperatures: Doubles) -> Doubles:
        """Log of the sum of exp(logits / temperature) over the vocabulary, (R,)."""
        if not self._on_cpu:
            scaled = self.logits[torch.from_numpy(rows)].double() / torch.from_numpy(temperatures)[:, None].to(
                self.logits.device
            )
            return np.asarray(scaled.logsumexp(-1).cpu().numpy())
        out = np.empty(rows.size, np.float64)
        _scaled_totals(self._logits, self._peaks, rows, (1.0 / temperatures).astype(np.float32), out)
        return out

    def deviations(self, rows: Ints) -> Doubles:
        """Standard deviation of each row's finite logits, (R,)."""
        part = self.logits[torch.from_numpy(rows)].double()
        finite = part.isfinite()
        count = finite.sum(-1)
        part = part.masked_fill(~finite, 0.0)
        mean = part.sum(-1) / count
        spread = ((part - mean[:, None]) ** 2).masked_fill(~finite, 0.0).sum(-1) / count
        return np.asarray(spread.sqrt().cpu().numpy())

    def draw(self, rows: Ints, temperatures: Doubles, u: Doubles) -> Ints:
        """A token from the whole vocabulary for each of ``rows``; ``u`` (R,) in [0, 1) decides which."""
        if not self._on_cpu:
            device = self.logits.device
            part = self.logits[torch.from_numpy(rows)].double()
            part = (part - part.amax(-1, keepdim=True)) / torch.from_numpy(temperatures)[:, None].to(device)
            sums = part.exp().cumsum(-1)
            target = torch.from_numpy(u)[:, None].to(device) * sums[:, -1:]
            return np.asarray(torch.searchsorted(sums, target, right=True)[:, 0].clamp_max(self.size - 1).cpu().numpy())
        out = np.empty(rows.size, np.int64)
        _draws(self._logits, self._peaks, rows, (1.0 / temperatures).astype(np.float32), u, out)
        return out

    def forbid(self, rows: Ints, ids: Ints) -> None:
        """Set the logits of the pairs (rows[i], ids[i]) to -inf."""
        self.logits[torch.from_numpy(rows), torch.from_numpy(ids)] = -torch.inf
        changed = np.unique(rows)
        self._maxima[torch.from_numpy(changed)] = block_maxima(self.logits[torch.from_numpy(changed)])
        self._peaks = self._maxima.cpu().numpy()
