"""Random numbers that depend on the request alone: a hash of (seed, position), unaffected by the rest of the batch."""

import secrets

import numpy as np
from numpy.typing import NDArray

_GOLDEN = 0x9E3779B97F4A7C15
_SEED_LIMIT = 1 << 63

TOKEN = 0  # the streams: one for the token itself,
XTC = 1  # one for whether XTC applies at this position


def new_seed() -> int:
    """Return an unpredictable seed, for requests that name none."""
    return secrets.randbelow(_SEED_LIMIT)


def candidate_seed(seed: int, index: int) -> int:
    """Return the seed of candidate ``index``; a request with this seed writes the same text."""
    return (seed + index * _GOLDEN) % _SEED_LIMIT


def _mix(x: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """The finaliser of splitmix64 (Steele, Lea and Flood 2014): each input bit flips each output bit half the time."""
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return x ^ (x >> np.uint64(31))


def uniform(seeds: NDArray[np.uint64], positions: NDArray[np.int64], stream: int) -> NDArray[np.float64]:
    """One number in [0, 1) for each row, (B,) float64, from its seed and the position of the token to be drawn."""
    counter = positions.astype(np.uint64) * np.uint64(4) + np.uint64(stream)
    key = _mix(seeds + np.uint64(_GOLDEN))
    bits = _mix(key ^ _mix(counter + np.uint64(_GOLDEN)))
    return (bits >> np.uint64(11)).astype(np.float64) * 2.0**-53
