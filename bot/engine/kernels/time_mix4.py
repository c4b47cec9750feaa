"""RWKV-4's time mixing between the matrix products, fused: one pass per row and block of channels, on the CPU.

The formulas stand in :mod:`bot.engine.rwkv4`.
"""

import numba
import numpy as np
import numpy.typing as npt

from bot.engine.kernels.compiling import compiled, parallel
from bot.engine.kernels.functions import exp, sigmoid
from bot.engine.kernels.threads import enter, leave

Floats = npt.NDArray[np.float32]
Integers = npt.NDArray[np.int64]

LEAST_NUMBERS = 1 << 13  # computed, for more than one thread
BLOCK = 64  # channels that one thread works on


@compiled
def _advance(
    r: Floats, k: Floats, v: Floats, w: Floats, u: Floats, aa: Floats, bb: Floats, pp: Floats, out: Floats
) -> None:
    """One token, all arguments (BLOCK,): sums ``aa``, ``bb`` with the common exponent ``pp``, advanced."""
    for i in range(out.shape[0]):
        a, b, p = aa[i], bb[i], pp[i]
        top = max(p, u[i] + k[i])
        old, new = exp(p - top), exp(u[i] + k[i] - top)
        out[i] = sigmoid(r[i]) * (old * a + new * v[i]) / (old * b + new)
        top = max(p + w[i], k[i])
        old, new = exp(p + w[i] - top), exp(k[i] - top)
        aa[i], bb[i], pp[i] = old * a + new * v[i], old * b + new, top


@parallel
def time_mix4(
    rkv: Floats,
    decay: Floats,
    first: Floats,
    aa: Floats,
    bb: Floats,
    pp: Floats,
    starts: Integers,
    lasts: Integers,
    slots: Integers,
    out: Floats,
) -> None:
    """All tokens of all rows: ``rkv`` (T, 3 D), receptance before its sigmoid; ``decay``, ``first`` (D,).

    ``aa``, ``bb``, ``pp`` (slots, D) are advanced; ``out`` (T, D).
    """
    channels = out.shape[1]
    blocks = (channels + BLOCK - 1) // BLOCK
    threads = enter(out.size, LEAST_NUMBERS)
    for task in numba.prange(slots.shape[0] * blocks):
        b, slot = task // blocks, slots[task // blocks]
        own = slice(task % blocks * BLOCK, min((task % blocks + 1) * BLOCK, channels))
        for t in range(starts[b], lasts[b] + 1):
            r, k, v = rkv[t, own], rkv[t, channels : 2 * channels][own], rkv[t, 2 * channels :][own]
            _advance(r, k, v, decay[own], first[own], aa[slot, own], bb[slot, own], pp[slot, own], out[t, own])
    leave(threads)
