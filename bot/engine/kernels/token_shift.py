"""Residual, layer norm and token shift in one pass over the rows, on the CPU."""

import numba
import numpy as np
import numpy.typing as npt

from bot.engine.kernels.compiling import compiled, parallel
from bot.engine.kernels.threads import enter, leave

Floats = npt.NDArray[np.float32]
Integers = npt.NDArray[np.int64]

LEAST_NUMBERS = 1 << 15  # computed, for more than one thread
EPS_NORM = np.float32(1e-5)


@compiled
def _normalize(x: Floats, weight: Floats, bias: Floats, out: Floats) -> None:
    """Layer norm of one row (D,)."""
    channels = x.shape[0]
    total = np.float32(0)
    for i in range(channels):
        total += x[i]
    mean = total / np.float32(channels)
    squares = np.float32(0)
    for i in range(channels):
        squares += (x[i] - mean) * (x[i] - mean)
    scale = np.float32(1) / np.sqrt(squares / np.float32(channels) + EPS_NORM)
    for i in range(channels):
        out[i] = (x[i] - mean) * scale * weight[i] + bias[i]


@parallel
def shift_norm(
    x: Floats,
    delta: Floats,
    weight: Floats,
    bias: Floats,
    mixes: Floats,
    previous: Floats,
    starts: Integers,
    lasts: Integers,
    slots: Integers,
    mixed: Floats,
) -> None:
    """``x += delta`` and the inputs of a mixing: ``mixed[m] = y + (y_before - y) * mixes[m]`` for the normed ``y``.

    ``x``, ``delta`` (T, D); ``mixes`` (M, D); ``previous`` (slots, D) holds each slot's last ``y`` and is advanced; row
    ``b`` owns the positions ``starts[b] .. lasts[b]`` and the slot ``slots[b]``; ``mixed`` (M, T, D).
    """
    tokens, channels = x.shape
    normed = np.empty((tokens, channels), np.float32)
    threads = enter(mixed.size, LEAST_NUMBERS)
    for t in numba.prange(tokens):
        for i in range(channels):
            x[t, i] += delta[t, i]
        _normalize(x[t], weight, bias, normed[t])
    slot_before = np.full(tokens, -1, np.int64)  # where a row begins, the slot that holds what came before
    for b in range(slots.shape[0]):
        slot_before[starts[b]] = slots[b]
    for t in numba.prange(tokens):
        before = normed[t - 1] if slot_before[t] < 0 else previous[slot_before[t]]
        for m in range(mixes.shape[0]):
            for i in range(channels):
                mixed[m, t, i] = normed[t, i] + (before[i] - normed[t, i]) * mixes[m, i]
    leave(threads)
    for b in range(slots.shape[0]):
        previous[slots[b]] = normed[lasts[b]]
