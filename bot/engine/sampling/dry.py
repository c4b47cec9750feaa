"""DRY ("don't repeat yourself"): penalise tokens that would extend a repetition, by its length so far.

Source: the description by p-e-w, text-generation-webui pull request 5677.
"""

import numpy as np
from numpy.typing import NDArray

from bot.engine.sampling.adjuster import Ints, RowStart
from bot.engine.sampling.jit import compiled
from bot.engine.sampling.logits import Logits
from bot.engine.sampling.recent_tokens import RecentTokens
from bot.engine.sampling.token_masks import Vocabulary, union

Floats = NDArray[np.float32]
Ring = NDArray[np.int32]
Bits = NDArray[np.uint8]  # (V / 8,), one bit per token


@compiled
def _is_set(bits: Bits, token: int) -> bool:
    return bool((bits[token >> 3] >> (token & 7)) & 1)


@compiled
def _match(ring: Ring, n: int, window: int, at: int, breakers: Bits) -> int:
    """Count how many tokens up to position ``at`` equal those at the end; at most 50."""
    longest = min(50, at - (n - window) + 1)
    length = 1
    while length < longest:
        token = ring[(at - length) % ring.size]
        if token != ring[(n - 1 - length) % ring.size] or _is_set(breakers, token):
            break
        length += 1
    return length


@compiled
def _collect(
    ring: Ring, span: tuple[int, int], numbers: Floats, breakers: Bits, scratch: Floats, out: tuple[Ints, Floats]
) -> int:
    """Fill ``out`` (ids, subtracted values) for one row; ``span`` is its length and its window.

    Returns the number of entries. ``scratch`` (V,) must be zero, and is zero again afterwards.
    """
    n, window = span
    multiplier, base, allowed = numbers
    ids, subtracts = out
    count = 0
    last = ring[(n - 1) % ring.size]
    if _is_set(breakers, last):
        return 0
    for at in range(n - 2, n - window - 1, -1):
        if ring[at % ring.size] != last:
            continue
        length = _match(ring, n, window, at, breakers)
        if length < allowed:
            continue
        token = ring[(at + 1) % ring.size]
        if scratch[token] == 0.0:
            ids[count] = token
            count += 1
        scratch[token] = max(scratch[token], np.float32(multiplier * base ** (length - allowed)))
    for entry in range(count):
        subtracts[entry] = scratch[ids[entry]]
        scratch[ids[entry]] = 0.0
    return count


class Dry:
    """Implements ``dry_multiplier`` and the other DRY parameters."""

    def __init__(self, slots: int, vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary
        self._recent = RecentTokens(slots)
        self._numbers = np.zeros((slots, 3), np.float32)  # multiplier, base, allowed length
        self._breakers: dict[int, Bits] = {}  # tokens that end a repetition
        self._scratch = np.zeros(vocabulary.size, np.float32)

    @property
    def nbytes(self) -> int:
        """Memory used by the rows' last tokens and sequence breakers, in bytes."""
        return self._recent.rings.nbytes + sum(bits.nbytes for bits in self._breakers.values())

    def admit(self, slot: int, start: RowStart) -> None:
        params = start.params
        self.release(slot)
        if params.dry_multiplier <= 0.0:
            return
        self._recent.admit(slot, params.repetition_penalty_range, start.context)
        self._numbers[slot] = params.dry_multiplier, params.dry_base, max(1, params.dry_allowed_length)
        mask = np.zeros(self._vocabulary.size, np.bool_)
        mask[union(self._vocabulary.containing(text) for text in params.dry_sequence_breakers)] = True
        self._breakers[slot] = np.packbits(mask, bitorder="little")

    def apply(self, logits: Logits, slots: Ints) -> None:
        if not self._breakers:
            return
        recent = self._recent
        windows = np.minimum(recent.lengths[slots], recent.windows[slots])
        for row in np.flatnonzero(windows).tolist():
            slot, window = int(slots[row]), int(windows[row])
            ids, subtracts = np.empty(window, np.int64), np.empty(window, np.float32)
            ring, span, numbers = recent.rings[slot], (int(recent.lengths[slot]), window), self._numbers[slot]
            count = _collect(ring, span, numbers, self._breakers[slot], self._scratch, (ids, subtracts))
            rows, factors = np.full(count, row), np.ones(count, np.float32)
            logits.change(rows, ids[:count], factors, subtracts[:count])

    def commit(self, slots: Ints, tokens: Ints) -> None:
        self._recent.commit(slots, tokens)

    def release(self, slot: int) -> None:
        self._breakers.pop(slot, None)
        self._recent.release(slot)
