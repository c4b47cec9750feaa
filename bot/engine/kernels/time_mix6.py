"""Time mixing of RWKV-5 and RWKV-6 between the matrix products, fused: one pass per row and head, on the CPU.

The formulas stand in :mod:`bot.engine.rwkv5` and :mod:`bot.engine.rwkv6`.
"""

import numba
import numpy as np
import numpy.typing as npt

from bot.engine.kernels.compiling import compiled, parallel
from bot.engine.kernels.functions import exp, sigmoid
from bot.engine.kernels.threads import enter, leave

Floats = npt.NDArray[np.float32]
Integers = npt.NDArray[np.int64]

LEAST_NUMBERS = 1 << 17  # of state, touched, for more than one thread
EPS_GROUP = np.float32(64e-5)
ONE, ZERO = np.float32(1), np.float32(0)

# Rows of the parameters (PARAMETERS, D); the decay is the logarithm of its rate's logarithm, as in the files
DECAY, BONUS, LN_WEIGHT, LN_BIAS = range(4)


@compiled
def _advance(state: Floats, r: Floats, w: Floats, k: Floats, v: Floats, bonus: Floats, y: Floats) -> None:
    """One token: y = r (diag(u) k^T v + S), S' = k^T v + diag(w) S, a row of S (keys, values) at a time."""
    size = y.shape[0]
    y[:] = ZERO
    for i in range(size):
        key, receptance, decay, own = k[i], r[i], w[i], bonus[i] * k[i]
        for j in range(size):
            y[j] += receptance * (own * v[j] + state[i, j])
            state[i, j] = key * v[j] + decay * state[i, j]


@compiled
def _finish(y: Floats, parameters: Floats, gate: Floats, gated: bool, out: Floats) -> None:
    """Norm of the head, and the gate."""
    size = y.shape[0]
    total, squares = ZERO, ZERO
    for j in range(size):
        total += y[j]
    mean = total / np.float32(size)
    for j in range(size):
        squares += (y[j] - mean) * (y[j] - mean)
    scale = ONE / np.sqrt(squares / np.float32(size) + EPS_GROUP)
    for j in range(size):
        out[j] = (y[j] - mean) * scale * parameters[LN_WEIGHT, j] + parameters[LN_BIAS, j]
        if gated:
            out[j] *= gate[j] * sigmoid(gate[j])


@parallel
def time_mix6(
    rkvg: Floats,
    decay: Floats,
    parameters: Floats,
    state: Floats,
    starts: Integers,
    lasts: Integers,
    slots: Integers,
    out: Floats,
) -> None:
    """All tokens of all rows.

    ``rkvg`` (T, 4 D), or (T, 3 D) without a gate; ``decay`` (T, D) is what the token adds to the decay, or (0, D) where
    nothing does (RWKV-5); ``parameters`` (4, D); ``state`` (slots, H, N, N), advanced; ``out`` (T, D).
    """
    heads, size = state.shape[1], state.shape[2]
    channels = heads * size
    gated, by_token = rkvg.shape[1] == 4 * channels, decay.shape[0] > 0
    threads = enter(out.size * size, LEAST_NUMBERS)
    for task in numba.prange(slots.shape[0] * heads):
        b, h = task // heads, task % heads
        matrix = state[slots[b], h]
        own = slice(h * size, (h + 1) * size)
        head_parameters = parameters[:, own].copy()
        w, y = np.empty(size, np.float32), np.empty(size, np.float32)
        for j in range(size):
            w[j] = exp(-exp(head_parameters[DECAY, j]))
        for t in range(starts[b], lasts[b] + 1):
            r, k, v = rkvg[t, own], rkvg[t, channels:][own], rkvg[t, 2 * channels :][own]
            if by_token:
                for j in range(size):
                    w[j] = exp(-exp(head_parameters[DECAY, j] + decay[t, h * size + j]))
            _advance(matrix, r, w, k, v, head_parameters[BONUS], y)
            gate = rkvg[t, 3 * channels :][own] if gated else r
            _finish(y, head_parameters, gate, gated, out[t, own])
    leave(threads)


@parallel
def blend(mixed: Floats, maa: Floats, low: Floats, out: Floats) -> None:
    """RWKV-6's token shift that depends on the token: ``out[m] = y + (y_before - y) * (maa[m] + low)``.

    ``mixed`` (3, T, D): what asked for it, ``y`` and ``y_before``; ``maa`` (5, D); ``low`` (T, 5 D); ``out`` (5, T, D).
    """
    count, tokens, channels = out.shape
    threads = enter(out.size, LEAST_NUMBERS)
    for t in numba.prange(tokens):
        for m in range(count):
            for i in range(channels):
                y = mixed[1, t, i]
                out[m, t, i] = y + (mixed[2, t, i] - y) * (maa[m, i] + low[t, m * channels + i])
    leave(threads)
