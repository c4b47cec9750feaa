"""RWKV-7's fused time mixing between the matrix products: one pass per row and head, on the CPU.

The formulas are in :mod:`bot.engine.models.rwkv7`. A head's matrix (N, N) stays in the L1 cache while all tokens of
its row are read, so memory is accessed once per row rather than once per token.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

from bot.engine.kernels.compiling import compiled
from bot.engine.kernels.functions import exp, sigmoid
from bot.engine.kernels.recurrence import STEP, advance7
from bot.engine.kernels.work_queue import report, take, wait

Floats = npt.NDArray[np.float32]

DECAY_FLOOR = np.float32(-0.606531)
EPS_GROUP = np.float32(64e-5)
EPS_LENGTH = np.float32(1e-12)
ONE, ZERO = np.float32(1), np.float32(0)

# Rows of a head's parameters (PARAMETERS, N)
W0, A0, V0, K_K, K_A, R_K, LN_WEIGHT, LN_BIAS = range(8)
PARAMETERS = 8
MIX_PHASES = 1
# Rows of a head's workspace (WORK, N)
W, K, V, A, B, Y, RATE = range(7)
WORK = 7


@compiled
def _keys(k: Floats, low_w: Floats, low_a: Floats, parameters: Floats, work: Floats) -> None:
    """Compute decay, key, removal key ``A`` and write-back key ``B`` of one token of one head, all (N,).

    ``k``: the key; ``low_w``, ``low_a``: additions of the low-rank products to the decay and the rate. Each loop
    writes only one array, so that the compiler can see that it may compute several channels at once.
    """
    size = k.shape[0]
    rate, decay, key, removed, back = work[RATE], work[W], work[K], work[A], work[B]
    for j in range(size):
        rate[j] = sigmoid(parameters[A0, j] + low_a[j])
    for j in range(size):
        decay[j] = exp(DECAY_FLOOR * sigmoid(parameters[W0, j] + low_w[j]))
    for j in range(size):
        key[j] = k[j] * (ONE + (rate[j] - ONE) * parameters[K_A, j])
    squares = ZERO
    for j in range(size):
        squares += (k[j] * parameters[K_K, j]) * (k[j] * parameters[K_K, j])
    scale = ONE / max(np.sqrt(squares), EPS_LENGTH)
    for j in range(size):
        removed[j] = -k[j] * parameters[K_K, j] * scale
    for j in range(size):
        back[j] = -removed[j] * rate[j]


@compiled
def _values(v: Floats, low_v: Floats, parameters: Floats, v_first: Floats, later: bool, work: Floats) -> None:
    """Compute the token's value, blended with that of layer 0."""
    value = work[V]
    for j in range(v.shape[0]):
        value[j] = v[j]
    if later:
        for j in range(v.shape[0]):
            value[j] += (v_first[j] - value[j]) * sigmoid(parameters[V0, j] + low_v[j])
    else:
        for j in range(v.shape[0]):
            v_first[j] = value[j]


@compiled
def _advance(state: Floats, r: Floats, work: Floats) -> None:
    """S' = S diag(w) + (S a) b^T + v k^T and y = S' r, a row of S (values, keys) at a time."""
    size = r.shape[0]
    if size % STEP == 0:
        advance7(state, r, work[W], work[K], work[V], work[A], work[B], work[Y])
        return
    for i in range(size):
        removed = ZERO
        for j in range(size):
            removed += state[i, j] * work[A, j]
        value, y = work[V, i], ZERO
        for j in range(size):
            new = state[i, j] * work[W, j] + removed * work[B, j] + value * work[K, j]
            state[i, j] = new
            y += new * r[j]
        work[Y, i] = y


@compiled
def _finish(work: Floats, r: Floats, parameters: Floats, gate: Floats, out: Floats) -> None:
    """Apply the head's norm, the bonus of the current token, and the gate."""
    size = r.shape[0]
    total, squares, own = ZERO, ZERO, ZERO
    for i in range(size):
        total += work[Y, i]
        own += r[i] * work[K, i] * parameters[R_K, i]
    mean = total / np.float32(size)
    for i in range(size):
        squares += (work[Y, i] - mean) * (work[Y, i] - mean)
    scale = ONE / np.sqrt(squares / np.float32(size) + EPS_GROUP)
    for i in range(size):
        y = (work[Y, i] - mean) * scale * parameters[LN_WEIGHT, i] + parameters[LN_BIAS, i]
        out[i] = (y + own * work[V, i]) * gate[i]


@compiled
def time_mix7(
    queue: Any,
    phase: int,
    first: Floats,
    second: Floats,
    parameters: Floats,
    v_first: Floats,
    later: bool,
    state: Floats,
    places: Any,
    out: Floats,
) -> None:
    """Process all tokens of all rows.

    ``first`` (T, 3 D): r, k, v; ``second`` (T, 4 D): additions to decay, rate, gate and value, the last unused in
    layer 0, where ``later`` is false; ``parameters`` (H, PARAMETERS, N); ``v_first`` (T, D), written in layer 0;
    ``state`` (slots, H, N, N), advanced in place; ``places``: see :mod:`bot.engine.row_places`; ``out`` (T, D).
    """
    starts, lasts, slots, _ = places
    heads, size = state.shape[1], state.shape[2]
    width = heads * size
    work = np.empty((WORK, size), np.float32)
    done = 0
    task = take(queue, phase, 1)
    while task < slots.shape[0] * heads:
        b, h = task // heads, task % heads
        begin, end = h * size, (h + 1) * size
        matrix, own = state[slots[b], h], parameters[h]
        for t in range(starts[b], lasts[b] + 1):
            r = first[t, begin:end]
            low_w, low_a = second[t, begin:end], second[t, width + begin : width + end]
            _keys(first[t, width + begin : width + end], low_w, low_a, own, work)
            v, low_v = first[t, 2 * width + begin : 2 * width + end], second[t, 3 * width + begin : 3 * width + end]
            _values(v, low_v, own, v_first[t, begin:end], later, work)
            _advance(matrix, r, work)
            _finish(work, r, own, second[t, 2 * width + begin : 2 * width + end], out[t, begin:end])
        done += 1
        task = take(queue, phase, 1)
    report(queue, phase, done)
    wait(queue, phase, slots.shape[0] * heads)


@compiled
def mix_alone(
    queue: Any,
    first: Floats,
    second: Floats,
    parameters: Floats,
    v_first: Floats,
    later: bool,
    state: Floats,
    places: Any,
    out: Floats,
) -> None:
    """Run :func:`time_mix7` on its own."""
    time_mix7(queue, 0, first, second, parameters, v_first, later, state, places, out)
