"""Keep replies valid UTF-8: ban tokens that cannot follow the bytes of an incomplete character.

Unicode Standard 15.0, table 3-7: after its first byte a character needs one to three more, and after E0, ED, F0 and F4
the second one has a narrower range.
"""

import numpy as np
from numpy.typing import NDArray

from bot.engine.sampling.adjuster import Ints, RowStart
from bot.engine.sampling.logits import Columns, Logits
from bot.engine.sampling.token_masks import Vocabulary

WHOLE = 0  # no incomplete character
_ONE, _TWO, _THREE, _E0, _ED, _F0, _F4, _DEAD = range(1, 9)  # how many bytes are missing, or which first byte was read
_STATES = _DEAD  # number of states a row can be in
_FOLLOWS = {
    _ONE: (0x80, 0xBF, WHOLE), _TWO: (0x80, 0xBF, _ONE), _THREE: (0x80, 0xBF, _TWO),
    _E0: (0xA0, 0xBF, _ONE), _ED: (0x80, 0x9F, _ONE), _F0: (0x90, 0xBF, _TWO), _F4: (0x80, 0x8F, _TWO),
}  # fmt: skip
_FIRSTS = (
    (0x00, 0x7F, WHOLE), (0xC2, 0xDF, _ONE), (0xE0, 0xE0, _E0), (0xE1, 0xEC, _TWO), (0xED, 0xED, _ED),
    (0xEE, 0xEF, _TWO), (0xF0, 0xF0, _F0), (0xF1, 0xF3, _THREE), (0xF4, 0xF4, _F4),
)  # fmt: skip

Bytes = NDArray[np.uint8]


def _by_byte() -> Bytes:
    """The state after each byte in each state, (9, 256)."""
    table = np.full((_DEAD + 1, 256), _DEAD, np.uint8)
    for first, last, state in _FIRSTS:
        table[WHOLE, first : last + 1] = state
    for before, (first, last, state) in _FOLLOWS.items():
        table[before, first : last + 1] = state
    return table


def _by_token(texts: list[bytes]) -> Bytes:
    """The state after each token in each state, (8, V)."""
    table = _by_byte()
    states = np.repeat(np.arange(_STATES, dtype=np.uint8)[:, None], len(texts), axis=1)
    sizes = np.array([len(text) for text in texts])
    joined = np.frombuffer(b"".join(texts), np.uint8)
    starts = np.cumsum(sizes) - sizes
    for place in range(int(sizes.max(initial=0))):
        longer = np.flatnonzero(sizes > place)
        states[:, longer] = table[states[:, longer], joined[starts[longer] + place]]
    return states


def _without_traps(states: Bytes) -> Bytes:
    """Mark transitions into states that no token can continue as dead; they exist if a vocabulary lacks bytes."""
    while True:
        open_states = (states != _DEAD).any(axis=1)
        traps = (states != _DEAD) & ~np.append(open_states, False)[states]
        if not traps.any():
            return states
        states = np.where(traps, np.uint8(_DEAD), states)


class ValidText:
    """Bans the tokens whose bytes cannot follow those that a row has written."""

    def __init__(self, slots: int, vocabulary: Vocabulary) -> None:
        after = _by_token(vocabulary.texts)
        after[1:, [not text for text in vocabulary.texts]] = _DEAD  # an empty token must not occur within a character
        self._after = _without_traps(after)
        self._never = Columns(np.flatnonzero(self._after[WHOLE] == _DEAD))
        self._possible = [Columns(np.flatnonzero(after != _DEAD)) for after in self._after]  # by state
        self._state = np.zeros(slots, np.int64)

    def admit(self, slot: int, start: RowStart) -> None:
        self._state[slot] = WHOLE

    def apply(self, logits: Logits, slots: Ints) -> None:
        states = self._state[slots]
        unfinished = np.flatnonzero(states)
        if not unfinished.size:
            logits.ban_columns(self._never)
            return
        logits.ban_columns(self._never, np.flatnonzero(states == WHOLE))
        for row in unfinished.tolist():
            logits.keep_only(row, self._possible[states[row]])

    def commit(self, slots: Ints, tokens: Ints) -> None:
        after = self._after[self._state[slots], tokens]
        self._state[slots] = np.where(after == _DEAD, WHOLE, after)

    def release(self, slot: int) -> None:
        self._state[slot] = WHOLE
