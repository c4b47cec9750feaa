"""Residual, layer norm and token shift in one pass over the rows, on the CPU."""

from typing import Any

import numpy as np
import numpy.typing as npt

from bot.engine.kernels.compiling import compiled
from bot.engine.kernels.work_queue import report, take, wait

Floats = npt.NDArray[np.float32]

EPS_NORM = np.float32(1e-5)
SHIFT_PHASES = 2


@compiled
def normalize(x: Floats, weight: Floats, bias: Floats, out: Floats) -> None:
    """Layer norm of one token (D,)."""
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


@compiled
def normalize_all(x: Floats, weight: Floats, bias: Floats, out: Floats) -> None:
    """Layer norm of each token of (T, D)."""
    for t in range(x.shape[0]):
        normalize(x[t], weight, bias, out[t])


@compiled
def add(x: Floats, delta: Floats) -> None:
    """``x += delta``, one token (D,)."""
    for i in range(x.shape[0]):
        x[i] += delta[i]


@compiled
def _add_norm_all(queue: Any, phase: int, x: Floats, delta: Floats, norm: Any, normed: Floats) -> None:
    tokens, done = x.shape[0], 0
    t = take(queue, phase, 1)
    while t < tokens:
        add(x[t], delta[t])
        normalize(x[t], norm[0], norm[1], normed[t])
        done += 1
        t = take(queue, phase, 1)
    report(queue, phase, done)
    wait(queue, phase, tokens)


@compiled
def shift_norm(
    queue: Any, phase: int, x: Floats, delta: Floats, norm: Any, previous: Floats, places: Any, normed: Floats, out: Any
) -> None:
    """Compute ``x += delta`` and a mixing's inputs: ``out[m] = y + (y_before - y) * mixes[m]`` for the normed ``y``.

    ``x``, ``delta`` (T, D); ``norm``: weight and bias (D,), mixes (M, D); ``previous`` (slots, D) contains each slot's
    last ``y`` and is advanced in place; ``places``: see :mod:`bot.engine.row_places`; ``normed`` (T, D) receives the
    ``y``; ``out`` (M, T, D).
    """
    _, lasts, slots, opens = places
    tokens, channels = x.shape
    mixes = norm[2]
    single = slots.shape[0] == tokens  # no token needs another one's norm
    if not single:
        _add_norm_all(queue, phase, x, delta, norm, normed)
    done = 0
    t = take(queue, phase + 1, 1)
    while t < tokens:
        if single:
            add(x[t], delta[t])
            normalize(x[t], norm[0], norm[1], normed[t])
        row = opens[t]
        before = normed[t - 1] if row < 0 else previous[slots[row]]
        for m in range(mixes.shape[0]):
            for i in range(channels):
                out[m, t, i] = normed[t, i] + (before[i] - normed[t, i]) * mixes[m, i]
        if row >= 0:
            before[:] = normed[lasts[row]]
        done += 1
        t = take(queue, phase + 1, 1)
    report(queue, phase + 1, done)
    wait(queue, phase + 1, tokens)


@compiled
def shift_alone(
    queue: Any, x: Floats, delta: Floats, norm: Any, previous: Floats, places: Any, normed: Floats, out: Any
) -> None:
    """Run :func:`shift_norm` on its own."""
    shift_norm(queue, 0, x, delta, norm, previous, places, normed, out)
