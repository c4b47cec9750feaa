"""Fused time mixing of RWKV-5 and RWKV-6 between the matrix products: one pass per row and head, on the CPU.

The formulas are in :mod:`bot.engine.models.rwkv5` and :mod:`bot.engine.models.rwkv6`.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

from bot.engine.kernels.compiling import compiled
from bot.engine.kernels.functions import exp, sigmoid
from bot.engine.kernels.recurrence import STEP, advance6
from bot.engine.kernels.work_queue import report, take, wait

Floats = npt.NDArray[np.float32]

EPS_GROUP = np.float32(64e-5)
ONE, ZERO = np.float32(1), np.float32(0)

# Rows of a head's parameters (4, N); the decay is the logarithm of the logarithm of its rate, as in the files
DECAY, BONUS, LN_WEIGHT, LN_BIAS = range(4)
# Rows of a head's workspace (WORK, N)
W, OWN, Y = range(3)
WORK = 3


@compiled
def _advance(state: Floats, r: Floats, k: Floats, v: Floats, work: Floats) -> None:
    """Process one token: y = r (diag(u) k^T v + S), S' = k^T v + diag(w) S, a row of S (keys, values) at a time."""
    size = r.shape[0]
    w, own, y = work[W], work[OWN], work[Y]
    if size % STEP == 0:
        advance6(state, r, w, k, v, own, y)
        return
    y[:] = ZERO
    for i in range(size):
        for j in range(size):
            y[j] += r[i] * (own[i] * v[j] + state[i, j])
            state[i, j] = k[i] * v[j] + w[i] * state[i, j]


@compiled
def _finish(y: Floats, parameters: Floats, gate: Floats, gated: bool, out: Floats) -> None:
    """Apply the head's norm and the gate."""
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
def _decays(parameters: Floats, added: Floats, by_token: bool, w: Floats) -> None:
    """Compute the decays of one head: e^(-e^x), where x includes the token's addition for RWKV-6."""
    for j in range(w.shape[0]):
        w[j] = parameters[DECAY, j]
    if by_token:
        for j in range(w.shape[0]):
            w[j] += added[j]
    for j in range(w.shape[0]):
        w[j] = exp(-exp(w[j]))


@compiled
def time_mix6(
    queue: Any,
    phase: int,
    rkvg: Floats,
    decay: Floats,
    by_token: bool,
    parameters: Floats,
    state: Floats,
    places: Any,
    out: Floats,
) -> None:
    """Process all tokens of all rows.

    ``rkvg`` (T, 4 D), or (T, 3 D) without a gate; ``decay`` (T, D): the token's addition to the decay if ``by_token``
    (RWKV-6); ``parameters`` (H, 4, N); ``state`` (slots, H, N, N), advanced in place; ``places``: see
    :mod:`bot.engine.row_places`; ``out`` (T, D).
    """
    starts, lasts, slots, _ = places
    heads, size = state.shape[1], state.shape[2]
    width = heads * size
    gated = rkvg.shape[1] == 4 * width
    work = np.empty((WORK, size), np.float32)
    done = 0
    task = take(queue, phase, 1)
    while task < slots.shape[0] * heads:
        b, h = task // heads, task % heads
        begin, end = h * size, (h + 1) * size
        matrix, head = state[slots[b], h], parameters[h]
        for t in range(starts[b], lasts[b] + 1):
            r, k = rkvg[t, begin:end], rkvg[t, width + begin : width + end]
            v, gate = rkvg[t, 2 * width + begin : 2 * width + end], rkvg[t, rkvg.shape[1] - width + begin :][:size]
            if by_token or t == starts[b]:
                _decays(head, decay[t, begin:end], by_token, work[W])
            for j in range(size):
                work[OWN, j] = head[BONUS, j] * k[j]
            _advance(matrix, r, k, v, work)
            _finish(work[Y], head, gate, gated, out[t, begin:end])
        done += 1
        task = take(queue, phase, 1)
    report(queue, phase, done)
    wait(queue, phase, slots.shape[0] * heads)


@compiled
def blend(queue: Any, phase: int, mixed: Floats, maa: Floats, low: Floats, out: Floats) -> None:
    """RWKV-6's token-dependent token shift: ``out[m] = y + (y_before - y) * (maa[m] + low)``.

    ``mixed`` (3, T, D): the input of the low-rank product, ``y`` and ``y_before``; ``maa`` (5, D); ``low`` (T, 5 D);
    ``out`` (5, T, D).
    """
    count, tokens, channels = out.shape
    done = 0
    t = take(queue, phase, 1)
    while t < tokens:
        for m in range(count):
            for i in range(channels):
                y = mixed[1, t, i]
                out[m, t, i] = y + (mixed[2, t, i] - y) * (maa[m, i] + low[t, m * channels + i])
        done += 1
        t = take(queue, phase, 1)
    report(queue, phase, done)
    wait(queue, phase, tokens)
