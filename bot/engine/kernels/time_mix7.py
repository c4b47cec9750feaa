"""RWKV-7's time mixing between the matrix products, fused: one pass per row and head, on the CPU.

The formulas stand in :mod:`bot.engine.rwkv7`. A head's matrix (N, N) stays in the first-level cache while all the
tokens of its row are read, so memory is touched once per row, not once per token.
"""

import numba
import numpy as np
import numpy.typing as npt

from bot.engine.kernels.compiling import compiled, parallel
from bot.engine.kernels.functions import exp, sigmoid
from bot.engine.kernels.threads import enter, leave

Floats = npt.NDArray[np.float32]
Integers = npt.NDArray[np.int64]

DECAY_FLOOR = np.float32(-0.606531)
LEAST_NUMBERS = 1 << 17  # of state, touched, for more than one thread
EPS_GROUP = np.float32(64e-5)
EPS_LENGTH = np.float32(1e-12)
ONE, ZERO = np.float32(1), np.float32(0)

# Rows of the parameters (PARAMETERS, D)
W0, A0, V0, K_K, K_A, R_K, LN_WEIGHT, LN_BIAS = range(8)
PARAMETERS = 8
# Rows of a head's work space (WORK, N)
R, W, K, V, A, B, Y = range(7)
WORK = 7


@compiled
def _prepare(
    first: Floats, second: Floats, parameters: Floats, v_first: Floats, later: bool, work: Floats
) -> np.float32:
    """One token of one head: receptance, decay, key, value, removal key ``A`` and what it writes back ``B``.

    ``first`` (3, N): r, k, v. ``second`` (4, N): what the low-rank products add to decay, rate, gate and value. Returns
    the weight of the token's own value.
    """
    size = work.shape[1]
    squares = ZERO
    for j in range(size):
        rate = sigmoid(parameters[A0, j] + second[1, j])
        removed = first[1, j] * parameters[K_K, j]
        squares += removed * removed
        work[R, j] = first[0, j]
        work[W, j] = exp(DECAY_FLOOR * sigmoid(parameters[W0, j] + second[0, j]))
        work[K, j] = first[1, j] * (ONE + (rate - ONE) * parameters[K_A, j])
        work[A, j] = -removed
        work[B, j] = removed * rate
    scale = ONE / max(np.sqrt(squares), EPS_LENGTH)
    own = ZERO
    for j in range(size):
        work[A, j] *= scale
        work[B, j] *= scale
        own += work[R, j] * work[K, j] * parameters[R_K, j]
    for j in range(size):
        value = first[2, j]
        if later:
            value += (v_first[j] - value) * sigmoid(parameters[V0, j] + second[3, j])
        else:
            v_first[j] = value
        work[V, j] = value
    return own


@compiled
def _advance(state: Floats, work: Floats) -> None:
    """S' = S diag(w) + (S a) b^T + v k^T and y = S' r, a row of S (values, keys) at a time."""
    size = work.shape[1]
    for i in range(size):
        removed = ZERO
        for j in range(size):
            removed += state[i, j] * work[A, j]
        value, y = work[V, i], ZERO
        for j in range(size):
            new = state[i, j] * work[W, j] + removed * work[B, j] + value * work[K, j]
            state[i, j] = new
            y += new * work[R, j]
        work[Y, i] = y


@compiled
def _finish(work: Floats, own: np.float32, parameters: Floats, gate: Floats, out: Floats) -> None:
    """Norm of the head, the token's own value, and the gate."""
    size = work.shape[1]
    total, squares = ZERO, ZERO
    for i in range(size):
        total += work[Y, i]
    mean = total / np.float32(size)
    for i in range(size):
        squares += (work[Y, i] - mean) * (work[Y, i] - mean)
    scale = ONE / np.sqrt(squares / np.float32(size) + EPS_GROUP)
    for i in range(size):
        y = (work[Y, i] - mean) * scale * parameters[LN_WEIGHT, i] + parameters[LN_BIAS, i]
        out[i] = (y + own * work[V, i]) * gate[i]


@parallel
def time_mix7(
    first: Floats,
    second: Floats,
    parameters: Floats,
    v_first: Floats,
    state: Floats,
    starts: Integers,
    lasts: Integers,
    slots: Integers,
    out: Floats,
) -> None:
    """All tokens of all rows.

    ``first`` (T, >= 3 D): r, k, v and more; ``second`` (T, 3 D) in layer 0, else (T, 4 D); ``parameters``
    (PARAMETERS, D); ``v_first`` (T, D), written in layer 0; ``state`` (slots, H, N, N), advanced; ``out`` (T, D).
    """
    heads, size = state.shape[1], state.shape[2]
    channels = heads * size
    later = second.shape[1] == 4 * channels
    threads = enter(out.size * size, LEAST_NUMBERS)
    for task in numba.prange(slots.shape[0] * heads):
        b, h = task // heads, task % heads
        own_channels = slice(h * size, (h + 1) * size)
        matrix = state[slots[b], h]
        work = np.empty((WORK, size), np.float32)
        head_parameters = parameters[:, own_channels].copy()
        for t in range(starts[b], lasts[b] + 1):
            first_heads = first[t, : 3 * channels].reshape(3, channels)[:, own_channels]
            second_heads = second[t].reshape(4 if later else 3, channels)[:, own_channels]
            own = _prepare(first_heads, second_heads, head_parameters, v_first[t, own_channels], later, work)
            _advance(matrix, work)
            _finish(work, own, head_parameters, second_heads[2], out[t, own_channels])
    leave(threads)
