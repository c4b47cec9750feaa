"""Logits in CPU memory, modified with numpy and compiled loops."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from bot.engine.sampling.candidates import HostDistribution
from bot.engine.sampling.classifier_free import pairs_of
from bot.engine.sampling.jit import compiled
from bot.engine.sampling.logits import Additions, Bits, Columns

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]

BANNED = np.float32(-np.inf)
SEVERAL = 32  # words of a mask


@compiled
def _change(logits: Floats, rows: Ints, ids: Ints, factors: Floats, subtracts: Floats) -> None:
    for i in range(rows.size):
        value = logits[rows[i], ids[i]]
        value = value / factors[i] if value > 0.0 else value * factors[i]
        logits[rows[i], ids[i]] = value - subtracts[i]


@compiled
def _and(words: NDArray[np.int32]) -> np.int32:
    found = np.int32(-1)
    for place in range(words.size):
        found &= words[place]
    return found


@compiled
def _keep_allowed(logits: Floats, rows: Ints, allowed: Bits) -> None:
    for place in range(rows.size):
        row, bits = logits[rows[place]], allowed[place]
        blocked, word = True, 0
        while word < bits.size:
            left, start = bits[word], 32 * word
            word += 1
            if left == 0:
                row[start : start + 32] = BANNED
                continue
            if left != -1:
                for token in range(start, min(start + 32, row.size)):
                    if not left & 1:
                        row[token] = BANNED
                    left >>= 1
            blocked = blocked and row[start : start + 32].max() == BANNED
            while not blocked and word + SEVERAL <= bits.size and _and(bits[word : word + SEVERAL]) == -1:
                word += SEVERAL  # most words allow every token: their logits are not even read
            while not blocked and word < bits.size and bits[word] == -1:
                word += 1
        for token in range(row.size if blocked else 0):
            row[token] = np.float32(0) if bits[token // 32] >> token % 32 & 1 else BANNED


class HostLogits:
    """Logits as a numpy array; see :class:`bot.engine.sampling.logits.Logits`."""

    def __init__(self, numbers: NDArray[np.generic]) -> None:
        """``numbers`` (B, V) are modified in place if they are contiguous float32."""
        self.numbers: Floats = np.ascontiguousarray(numbers, np.float32)

    @property
    def rows(self) -> int:
        return len(self.numbers)

    def take(self, rows: Sequence[int]) -> "HostLogits":
        return HostLogits(self.numbers[list(rows)])

    def guided(self, factors: Sequence[float | None]) -> "HostLogits":
        starts, places, weights = pairs_of(factors)
        if not places:
            return self
        result = self.numbers[starts]
        with_context, without = result[places], self.numbers[[starts[place] + 1 for place in places]]
        weight = np.array(weights, np.float32)[:, None]
        gap = with_context - without  # exact at the factors 0 and 1
        result[places] = np.where(weight < 0.5, without + weight * gap, with_context - gap * (1 - weight))
        return HostLogits(result)

    def log_probabilities(self, rows: Sequence[int], count: int) -> tuple[Floats, Ints]:
        part = self.numbers[list(rows)]
        part = part - part.max(axis=1, keepdims=True)
        logs = part - np.log(np.exp(part).sum(axis=1, keepdims=True, dtype=np.float64)).astype(np.float32)
        count = min(count, logs.shape[1])
        best = np.argpartition(logs, -count, axis=1)[:, -count:] if count else np.empty((len(logs), 0), np.int64)
        order = np.argsort(-np.take_along_axis(logs, best, 1), axis=1, kind="stable")
        return logs, np.take_along_axis(best, order, 1)

    def add(self, additions: Additions) -> None:
        self.numbers[additions.rows, additions.ids] += additions.values

    def add_columns(self, rows: Ints, columns: Columns, values: Floats) -> None:
        self.numbers[rows[:, None], columns.ids] += values[:, None]

    def change(self, rows: Ints, ids: Ints, factors: Floats, subtracts: Floats) -> None:
        _change(self.numbers, rows, ids, factors, subtracts)

    def ban(self, rows: Ints, ids: Ints) -> None:
        self.numbers[rows, ids] = BANNED

    def ban_columns(self, columns: Columns, rows: Ints | None = None) -> None:
        if rows is None:
            self.numbers[:, columns.ids] = BANNED
        else:
            self.numbers[rows[:, None], columns.ids] = BANNED

    def keep_only(self, row: int, columns: Columns) -> None:
        kept = self.numbers[row, columns.ids]
        if not np.isfinite(kept).any():
            kept = np.zeros_like(kept)
        self.numbers[row] = BANNED
        self.numbers[row, columns.ids] = kept

    def keep_allowed(self, rows: Sequence[int], allowed: Bits) -> None:
        _keep_allowed(self.numbers, np.array(rows, np.int64), allowed)

    def force(self, row: int, token: int) -> None:
        self.numbers[row] = BANNED
        self.numbers[row, token] = 0.0

    def distribution(self) -> HostDistribution:
        return HostDistribution(self.numbers)
