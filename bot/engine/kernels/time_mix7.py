"""RWKV-7's time mixing between the matrix products, fused: one pass per row and head, on the CPU.

The formulas stand in :mod:`bot.engine.rwkv7`. A head's matrix (N, N) stays in the first-level cache while all the
tokens of its row are read, so memory is touched once per row, not once per token.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

from bot.engine.kernels.board import report, take, wait
from bot.engine.kernels.compiling import compiled
from bot.engine.kernels.functions import exp, sigmoid

Floats = npt.NDArray[np.float32]

DECAY_FLOOR = np.float32(-0.606531)
EPS_GROUP = np.float32(64e-5)
EPS_LENGTH = np.float32(1e-12)
ONE, ZERO = np.float32(1), np.float32(0)

# Rows of the parameters (PARAMETERS, D)
W0, A0, V0, K_K, K_A, R_K, LN_WEIGHT, LN_BIAS = range(8)
PARAMETERS = 8
MIX_PHASES = 1
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


@compiled
def _row(
    first: Floats, second: Floats, parameters: Floats, v_first: Floats, later: bool, matrix: Floats, out: Floats
) -> None:
    """All tokens of one head of one row: ``first`` (t, 3, N), ``second`` (t, 4, N), ``v_first`` and ``out`` (t, N)."""
    size = matrix.shape[0]
    work = np.empty((WORK, size), np.float32)
    for t in range(out.shape[0]):
        own = _prepare(first[t], second[t], parameters, v_first[t], later, work)
        _advance(matrix, work)
        _finish(work, own, parameters, second[t, 2], out[t])


@compiled
def time_mix7(
    board: Any,
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
    """All tokens of all rows.

    ``first`` (T, 3 D): r, k, v; ``second`` (T, 4 D): what is added to decay, rate, gate and value, the last not read in
    layer 0, which is not ``later``; ``parameters`` (PARAMETERS, D); ``v_first`` (T, D), written in layer 0; ``state``
    (slots, H, N, N), advanced; ``places``: see :class:`bot.engine.rows.Rows`; ``out`` (T, D).
    """
    starts, lasts, slots, _ = places
    tokens, heads, size = out.shape[0], state.shape[1], state.shape[2]
    firsts = first.reshape(tokens, 3, heads * size)
    seconds = second.reshape(tokens, 4, heads * size)
    done = 0
    task = take(board, phase, 1)
    while task < slots.shape[0] * heads:
        b, h = task // heads, task % heads
        own = slice(h * size, (h + 1) * size)
        some = slice(starts[b], lasts[b] + 1)
        head = parameters[:, own].copy()
        _row(
            firsts[some, :, own],
            seconds[some, :, own],
            head,
            v_first[some, own],
            later,
            state[slots[b], h],
            out[some, own],
        )
        done += 1
        task = take(board, phase, 1)
    report(board, phase, done)
    wait(board, phase, slots.shape[0] * heads)


@compiled
def mix_alone(
    board: Any,
    first: Floats,
    second: Floats,
    parameters: Floats,
    v_first: Floats,
    later: bool,
    state: Floats,
    places: Any,
    out: Floats,
) -> None:
    """:func:`time_mix7` by itself."""
    time_mix7(board, 0, first, second, parameters, v_first, later, state, places, out)
