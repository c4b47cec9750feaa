"""Presence, frequency and repetition penalties, computed from the last tokens.

Every step reads the row's last tokens again, so that rounding errors do not accumulate. The result is a sparse list of
changes, one entry for each pair of row and token: ``logit = (logit / or * factor) - subtract``.
"""

import numpy as np
from numpy.typing import NDArray

from bot.engine.sampling.adjuster import Ints, RowStart
from bot.engine.sampling.jit import compiled
from bot.engine.sampling.logits import Logits
from bot.engine.sampling.recent_tokens import RecentTokens
from bot.engine.sampling.token_masks import Vocabulary
from bot.engine.types import SamplingParams

Floats = NDArray[np.float32]
Bools = NDArray[np.bool_]
Ring = NDArray[np.int32]
Span = tuple[int, int, int]
Changes = tuple[Ints, Floats, Floats]  # token ids, factors, subtracted values

_NUMBERS = ("presence", "frequency", "decay", "repetition")


@compiled
def _collect(
    row: int, ring: Ring, span: Span, asked: tuple[Floats, Bools], scratch: tuple[Ring, Ring], out: Changes
) -> int:
    """Fill ``out`` for one row; ``span`` is its length, its window, and how many tokens the reply has written.

    ``asked``: the parameters, and which tokens (V,) are not counted. ``scratch`` (V,): the row in which a token was
    last seen, and the index of its entry. Returns the number of entries.
    """
    n, window, written = span
    numbers, uncounted = asked
    stamp, place = scratch
    ids, factors, subtracts = out
    presence, frequency, decay, repetition = numbers
    count = 0
    weight = np.float32(1.0)
    for age in range(window):
        token = ring[(n - 1 - age) % ring.size]
        if stamp[token] != row:
            stamp[token] = row
            place[token] = count
            ids[count] = token
            factors[count] = repetition
            subtracts[count] = presence if age < written and not uncounted[token] else 0.0
            count += 1
        if age < written and not uncounted[token]:
            subtracts[place[token]] += frequency * weight
        weight *= decay
    return count


class Penalties:
    """Implements ``presence_penalty``, ``frequency_penalty``, ``repetition_penalty`` and related parameters."""

    def __init__(self, slots: int, vocabulary: Vocabulary) -> None:
        self._uncounted = np.stack([np.zeros(vocabulary.size, np.bool_), vocabulary.numbers])
        self._recent = RecentTokens(slots)
        self._written = np.zeros(slots, np.int64)
        self._numbers = np.zeros((slots, len(_NUMBERS)), np.float32)
        self._exempt = np.zeros(slots, np.int64)
        self._stamp = np.full(vocabulary.size, -1, np.int32)
        self._place = np.zeros(vocabulary.size, np.int32)

    @property
    def nbytes(self) -> int:
        """Memory used by the rows' last tokens, in bytes."""
        return self._recent.rings.nbytes

    def admit(self, slot: int, start: RowStart) -> None:
        params = start.params
        repeats = params.repetition_penalty != 1.0
        if not (params.presence_penalty or params.frequency_penalty or repeats):
            self._recent.release(slot)
            return
        self._recent.admit(slot, params.repetition_penalty_range, start.context if repeats else ())
        self._written[slot] = 0
        self._numbers[slot] = _numbers_of(params)
        self._exempt[slot] = params.penalty_exempt_numbers

    def apply(self, logits: Logits, slots: Ints) -> None:
        recent = self._recent
        windows = np.minimum(recent.lengths[slots], recent.windows[slots])
        size = int(windows.sum())
        if not size:
            return
        rows, ids = np.empty(size, np.int64), np.empty(size, np.int64)
        factors, subtracts = np.empty(size, np.float32), np.empty(size, np.float32)
        self._stamp.fill(-1)
        begin = 0
        for row in np.flatnonzero(windows).tolist():
            slot = slots[row]
            span = int(recent.lengths[slot]), int(windows[row]), int(self._written[slot])
            asked = self._numbers[slot], self._uncounted[self._exempt[slot]]
            out = ids[begin:], factors[begin:], subtracts[begin:]
            end = begin + _collect(row, recent.rings[slot], span, asked, (self._stamp, self._place), out)
            rows[begin:end] = row
            begin = end
        logits.change(rows[:begin], ids[:begin], factors[:begin], subtracts[:begin])

    def commit(self, slots: Ints, tokens: Ints) -> None:
        self._written[self._recent.commit(slots, tokens)] += 1

    def release(self, slot: int) -> None:
        self._recent.release(slot)


def _numbers_of(params: SamplingParams) -> tuple[float, float, float, float]:
    return params.presence_penalty, params.frequency_penalty, params.penalty_decay, params.repetition_penalty
