"""What the last tokens say about the next: presence, frequency and repetition penalties, DRY, newlines, punctuation.

Each row keeps its last tokens in a ring; every step reads the ring anew, so that nothing can drift. The result is a
sparse list of changes, one entry for each pair of row and token: ``logit = (logit / or * factor) - subtract``.
"""

import numpy as np
import torch
from numpy.typing import NDArray

from bot.engine.sampling.jit import compiled
from bot.engine.sampling.token_masks import END_OF_TEXT, Vocabulary
from bot.engine.types import SamplingParams

Ints = NDArray[np.int64]
Floats = NDArray[np.float32]
Bools = NDArray[np.bool_]

SHORT_REPLY = 40  # tokens: until here ChatRWKV's chat discourages newlines,
LONG_REPLY = 150  # from here on it encourages them
_DRY_LONGEST = 50  # a longer match is penalised like this one
_FIRST_CAPACITY = 256

_NUMBERS = ("presence", "frequency", "decay", "repetition", "dry_multiplier", "dry_base")


@compiled
def _dry_match(ring: NDArray[np.int32], n: int, window: int, at: int, breakers: Bools) -> int:
    """How many tokens before position ``at`` + 1 equal those at the end."""
    capacity = ring.size
    longest = min(50, at - (n - window) + 1)
    length = 1
    while length < longest:
        token = ring[(at - length) % capacity]
        if token != ring[(n - 1 - length) % capacity] or breakers[token]:
            break
        length += 1
    return length


@compiled
def _collect(
    slots: Ints,
    rings: NDArray[np.int32],
    lengths: Ints,
    windows: Ints,
    written: Ints,
    numbers: Floats,
    exempt: Bools,
    is_number: Bools,
    dry_lengths: Ints,
    breaker_of: Ints,
    breakers: NDArray[np.bool_],
    stamp: NDArray[np.int32],
    place: NDArray[np.int32],
    rows: Ints,
    ids: Ints,
    factors: Floats,
    subtracts: Floats,
) -> int:
    """Fill the flat arrays and return how many entries they have. ``stamp`` and ``place`` are scratch of (V,)."""
    count = 0
    capacity = rings.shape[1]
    for row in range(slots.size):
        slot = slots[row]
        n = lengths[slot]
        window = min(n, windows[slot])
        if window == 0:
            continue
        presence, frequency, decay, repetition, dry, base = numbers[slot]
        ring = rings[slot]
        start = count
        weight = np.float32(1.0)
        if presence != 0.0 or frequency != 0.0 or repetition != 1.0:
            for age in range(window):
                token = ring[(n - 1 - age) % capacity]
                entry = place[token]
                if stamp[token] != row or entry < start:
                    entry = count
                    count += 1
                    stamp[token] = row
                    place[token] = entry
                    rows[entry] = row
                    ids[entry] = token
                    factors[entry] = repetition
                    subtracts[entry] = 0.0
                    if age < written[slot] and not (exempt[slot] and is_number[token]):
                        subtracts[entry] = presence
                if age < written[slot] and not (exempt[slot] and is_number[token]):
                    subtracts[entry] += frequency * weight
                weight *= decay
        if dry > 0.0:
            mine = breakers[breaker_of[slot]]
            last = ring[(n - 1) % capacity]
            if mine[last]:
                continue
            middle = count
            for at in range(n - 2, n - window - 1, -1):
                if ring[at % capacity] != last:
                    continue
                length = _dry_match(ring, n, window, at, mine)
                if length < dry_lengths[slot]:
                    continue
                token = ring[(at + 1) % capacity]
                penalty = np.float32(dry * base ** (length - dry_lengths[slot]))
                known = -1
                for entry in range(middle, count):
                    if ids[entry] == token:
                        known = entry
                if known >= 0:
                    subtracts[known] = max(subtracts[known], penalty)
                else:
                    rows[count] = row
                    ids[count] = token
                    factors[count] = 1.0
                    subtracts[count] = penalty
                    count += 1
    return count


@compiled
def _apply(logits: Floats, rows: Ints, ids: Ints, factors: Floats, subtracts: Floats) -> None:
    for i in range(rows.size):
        value = logits[rows[i], ids[i]]
        value = value / factors[i] if value > 0.0 else value * factors[i]
        logits[rows[i], ids[i]] = value - subtracts[i]


def newline_bias(positions: Ints) -> Floats:
    """What ChatRWKV's chat adds to a newline's logit after so many tokens (B,): less at first, at last ever more."""
    late = np.clip((positions - LONG_REPLY) * 0.25, 0.0, 3.0)
    bias = np.where(positions <= SHORT_REPLY, (positions - SHORT_REPLY) / 10, late)
    return np.where(positions <= 0, -np.inf, bias).astype(np.float32)


class Penalties:
    """The rows' last tokens and what their requests say about repeating them."""

    def __init__(self, slots: int, vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary
        self._rings = np.zeros((slots, _FIRST_CAPACITY), np.int32)
        self._lengths = np.zeros(slots, np.int64)
        self._windows = np.zeros(slots, np.int64)
        self._written = np.zeros(slots, np.int64)
        self._numbers = np.zeros((slots, len(_NUMBERS)), np.float32)
        self._exempt = np.zeros(slots, np.bool_)
        self._dry_lengths = np.zeros(slots, np.int64)
        self._breaker_of = np.zeros(slots, np.int64)
        self._breakers = np.zeros((1, vocabulary.size), np.bool_)
        self._breaker_index: dict[tuple[str, ...], int] = {}
        self._stamp = np.full(vocabulary.size, -1, np.int32)
        self._place = np.zeros(vocabulary.size, np.int32)
        self._active = np.zeros(slots, np.bool_)
        self._newlines = np.flatnonzero(vocabulary.newlines)

    @staticmethod
    def needed(params: SamplingParams) -> bool:
        """Whether ``params`` look at earlier tokens in a way that needs the ring."""
        return bool(
            params.presence_penalty
            or params.frequency_penalty
            or params.repetition_penalty != 1.0
            or params.dry_multiplier > 0.0
        )

    def admit(self, slot: int, params: SamplingParams, context: tuple[int, ...]) -> None:
        """A row begins; ``context`` are the tokens before its reply."""
        self._active[slot] = self.needed(params)
        self._lengths[slot] = self._written[slot] = 0
        if not self._active[slot]:
            return
        everything = params.repetition_penalty_range <= 0
        self._windows[slot] = np.iinfo(np.int64).max if everything else params.repetition_penalty_range
        self._numbers[slot] = (
            params.presence_penalty,
            params.frequency_penalty,
            params.penalty_decay,
            params.repetition_penalty,
            params.dry_multiplier,
            params.dry_base,
        )
        self._exempt[slot] = params.penalty_exempt_numbers
        self._dry_lengths[slot] = max(1, params.dry_allowed_length)
        if params.dry_multiplier > 0.0:
            self._breaker_of[slot] = self._breakers_for(params.dry_sequence_breakers)
        if params.repetition_penalty != 1.0 or params.dry_multiplier > 0.0:
            seen = context if everything else context[-params.repetition_penalty_range :]
            self._need(len(seen), params)
            self._rings[slot, : len(seen)] = seen
            self._lengths[slot] = len(seen)
        else:
            self._need(1, params)

    def _need(self, tokens: int, params: SamplingParams) -> None:
        wanted = max(tokens + 1, params.repetition_penalty_range)
        while self._rings.shape[1] < wanted:
            self._grow()

    def _grow(self) -> None:
        """Double the rings; each row's last tokens keep their positions."""
        old = self._rings.shape[1]
        rings = np.zeros((self._rings.shape[0], 2 * old), np.int32)
        for slot in np.flatnonzero(self._active):
            n = int(self._lengths[slot])
            positions = np.arange(max(0, n - old), n)
            rings[slot, positions % (2 * old)] = self._rings[slot, positions % old]
        self._rings = rings

    def _breakers_for(self, texts: tuple[str, ...]) -> int:
        if texts not in self._breaker_index:
            if (
                len(self._breaker_index) >= 64
            ):  # nobody needs that many; the rows that run keep their own until they end
                self._breaker_index.clear()
            self._breaker_index[texts] = len(self._breakers)
            self._breakers = np.concatenate([self._breakers, self._vocabulary.containing(texts)[None]])
        return self._breaker_index[texts]

    def release(self, slot: int) -> None:
        """The row has ended."""
        self._active[slot] = False
        if not self._active.any() and len(self._breakers) > 64:
            self._breakers = self._breakers[:1]
            self._breaker_index.clear()

    def commit(self, slots: Ints, tokens: Ints) -> None:
        """Remember the tokens just written, one a row."""
        active = self._active[slots]
        if not active.any():
            return
        slots, tokens = slots[active], tokens[active]
        endless = self._windows[slots] > self._rings.shape[1]
        if (endless & (self._lengths[slots] >= self._rings.shape[1])).any():
            self._grow()
        self._rings[slots, self._lengths[slots] % self._rings.shape[1]] = tokens
        self._lengths[slots] += 1
        self._written[slots] += 1

    def apply(self, logits: torch.Tensor, rows: Ints, slots: Ints) -> None:
        """Change ``logits`` (B, V) in place; ``rows[i]`` is the batch row of slot ``slots[i]``."""
        active = self._active[slots]
        if not active.any():
            return
        rows, slots = rows[active], slots[active]
        window = np.minimum(self._lengths[slots], self._windows[slots])
        room = int(window.sum()) * 2
        if room == 0:
            return
        flat_rows, ids = np.empty(room, np.int64), np.empty(room, np.int64)
        factors, subtracts = np.empty(room, np.float32), np.empty(room, np.float32)
        self._stamp.fill(-1)
        count = _collect(
            slots, self._rings, self._lengths, self._windows, self._written, self._numbers, self._exempt,
            self._vocabulary.numbers, self._dry_lengths, self._breaker_of, self._breakers, self._stamp, self._place,
            flat_rows, ids, factors, subtracts,
        )  # fmt: skip
        change(logits, rows[flat_rows[:count]], ids[:count], factors[:count], subtracts[:count])

    def last_tokens(self, slots: Ints) -> Ints:
        """The last token of each ring."""
        return self._rings[slots, (self._lengths[slots] - 1) % self._rings.shape[1]].astype(np.int64)


def change(
    logits: torch.Tensor, rows: Ints, ids: Ints, factors: Floats, subtracts: Floats, *, loops: bool | None = None
) -> None:
    """``logit = (logit / factor if logit > 0 else logit * factor) - subtract`` for each entry, one after another."""
    if loops if loops is not None else logits.device.type == "cpu":
        _apply(logits.numpy(), rows, ids, factors, subtracts)
        return
    at = (torch.from_numpy(rows).to(logits.device), torch.from_numpy(ids).to(logits.device))
    factor = torch.from_numpy(factors).to(logits.device)
    value = logits[at]
    scaled = torch.where(value > 0, value / factor, value * factor)
    logits.index_put_(at, scaled - value, accumulate=True)  # a pair may come twice, but only once with a factor
    logits.index_put_(at, -torch.from_numpy(subtracts).to(logits.device), accumulate=True)


__all__ = ["END_OF_TEXT", "Penalties", "change", "newline_bias"]
