"""RWKV-4's fused time mixing between the matrix products: one pass per row and block of channels, on the CPU.

The formulas are in :mod:`bot.engine.models.rwkv4`.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

from bot.engine.kernels.compiling import compiled
from bot.engine.kernels.functions import exp, sigmoid
from bot.engine.kernels.work_queue import report, take, wait

Floats = npt.NDArray[np.float32]

BLOCK = 64  # channels per task


@compiled
def _advance(
    r: Floats, k: Floats, v: Floats, w: Floats, u: Floats, aa: Floats, bb: Floats, pp: Floats, out: Floats
) -> None:
    """Process one token, all arguments (BLOCK,): sums ``aa``, ``bb`` with the common exponent ``pp`` are advanced."""
    for i in range(out.shape[0]):
        a, b, p = aa[i], bb[i], pp[i]
        top = max(p, u[i] + k[i])
        old, new = exp(p - top), exp(u[i] + k[i] - top)
        out[i] = sigmoid(r[i]) * (old * a + new * v[i]) / (old * b + new)
        top = max(p + w[i], k[i])
        old, new = exp(p + w[i] - top), exp(k[i] - top)
        aa[i], bb[i], pp[i] = old * a + new * v[i], old * b + new, top


@compiled
def time_mix4(
    queue: Any, phase: int, rkv: Floats, decay: Floats, first: Floats, sums: Any, places: Any, out: Floats
) -> None:
    """Process all tokens of all rows: ``rkv`` (T, 3 D), receptance before its sigmoid; ``decay``, ``first`` (D,).

    ``sums``: aa, bb, pp, (slots, D) each, advanced in place; ``places``: see :mod:`bot.engine.row_places`; ``out`` (T,
    D).
    """
    starts, lasts, slots, _ = places
    aa, bb, pp = sums
    channels = out.shape[1]
    blocks = (channels + BLOCK - 1) // BLOCK
    done = 0
    task = take(queue, phase, 1)
    while task < slots.shape[0] * blocks:
        b, slot = task // blocks, slots[task // blocks]
        own = slice(task % blocks * BLOCK, min((task % blocks + 1) * BLOCK, channels))
        for t in range(starts[b], lasts[b] + 1):
            r, k, v = rkv[t, own], rkv[t, channels : 2 * channels][own], rkv[t, 2 * channels :][own]
            _advance(r, k, v, decay[own], first[own], aa[slot, own], bb[slot, own], pp[slot, own], out[t, own])
        done += 1
        task = take(queue, phase, 1)
    report(queue, phase, done)
    wait(queue, phase, slots.shape[0] * blocks)
