"""Time mixing of RWKV-5 and RWKV-6 between the matrix products, fused: one pass per row and head, on the CPU.

The formulas stand in :mod:`bot.engine.rwkv5` and :mod:`bot.engine.rwkv6`.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

from bot.engine.kernels.board import report, take, wait
from bot.engine.kernels.compiling import compiled
from bot.engine.kernels.functions import exp, sigmoid

Floats = npt.NDArray[np.float32]

MIX_PHASES = BLEND_PHASES = 1
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


@compiled
def _row(
    rkvg: Floats, decay: Floats, by_token: bool, parameters: Floats, matrix: Floats, w: Floats, y: Floats, out: Floats
) -> None:
    """All tokens of one head of one row: ``rkvg`` (t, 4 or 3, N), ``decay`` (t, N), ``out`` (t, N)."""
    size = matrix.shape[0]
    gated = rkvg.shape[1] == 4
    for j in range(size):
        w[j] = exp(-exp(parameters[DECAY, j]))
    for t in range(out.shape[0]):
        if by_token:
            for j in range(size):
                w[j] = exp(-exp(parameters[DECAY, j] + decay[t, j]))
        _advance(matrix, rkvg[t, 0], w, rkvg[t, 1], rkvg[t, 2], parameters[BONUS], y)
        _finish(y, parameters, rkvg[t, rkvg.shape[1] - 1], gated, out[t])


@compiled
def time_mix6(
    board: Any,
    phase: int,
    rkvg: Floats,
    decay: Floats,
    by_token: bool,
    parameters: Floats,
    state: Floats,
    places: Any,
    out: Floats,
) -> None:
    """All tokens of all rows.

    ``rkvg`` (T, 4 D), or (T, 3 D) without a gate; ``decay`` (T, D) is what the token adds to the decay if ``by_token``
    (RWKV-6); ``parameters`` (4, D); ``state`` (slots, H, N, N), advanced; ``places``: see
    :class:`bot.engine.rows.Rows`; ``out`` (T, D).
    """
    starts, lasts, slots, _ = places
    heads, size = state.shape[1], state.shape[2]
    parts = rkvg.reshape(rkvg.shape[0], rkvg.shape[1] // (heads * size), heads * size)
    w, y = np.empty(size, np.float32), np.empty(size, np.float32)
    done = 0
    task = take(board, phase, 1)
    while task < slots.shape[0] * heads:
        b, h = task // heads, task % heads
        own, some = slice(h * size, (h + 1) * size), slice(starts[b], lasts[b] + 1)
        head = parameters[:, own].copy()
        matrix = state[slots[b], h]
        _row(parts[some, :, own], decay[some, own], by_token, head, matrix, w, y, out[some, own])
        done += 1
        task = take(board, phase, 1)
    report(board, phase, done)
    wait(board, phase, slots.shape[0] * heads)


@compiled
def mix_alone(
    board: Any, rkvg: Floats, decay: Floats, by_token: bool, parameters: Floats, state: Floats, places: Any, out: Floats
) -> None:
    """:func:`time_mix6` by itself."""
    time_mix6(board, 0, rkvg, decay, by_token, parameters, state, places, out)


@compiled
def blend(board: Any, phase: int, mixed: Floats, maa: Floats, low: Floats, out: Floats) -> None:
    """RWKV-6's token shift that depends on the token: ``out[m] = y + (y_before - y) * (maa[m] + low)``.

    ``mixed`` (3, T, D): what asked for it, ``y`` and ``y_before``; ``maa`` (5, D); ``low`` (T, 5 D); ``out`` (5, T, D).
    """
    count, tokens, channels = out.shape
    done = 0
    t = take(board, phase, 1)
    while t < tokens:
        for m in range(count):
            for i in range(channels):
                y = mixed[1, t, i]
                out[m, t, i] = y + (mixed[2, t, i] - y) * (maa[m, i] + low[t, m * channels + i])
        done += 1
        t = take(board, phase, 1)
    report(board, phase, done)
    wait(board, phase, tokens)


@compiled
def blend_alone(board: Any, mixed: Floats, maa: Floats, low: Floats, out: Floats) -> None:
    """:func:`blend` by itself."""
    blend(board, 0, mixed, maa, low, out)
