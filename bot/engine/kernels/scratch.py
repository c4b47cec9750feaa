"""Buffers that pass results from one phase to the next."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from bot.engine.precisions import EIGHT_BITS

Floats = npt.NDArray[np.float32]
Rounding = tuple[npt.NDArray[np.int16], Floats]


class Scratch(NamedTuple):
    """Arrays for T tokens; those that a version does not need are empty."""

    normed: Floats  # (T, D)
    mixed: Floats  # (inputs, T, D)
    project: Floats  # (T, output of the time mixing's large products)
    inner: Floats  # (1, T, ranks)
    low: Floats  # (T, output of the low-rank products)
    y: Floats  # (1, T, D)
    hidden: Floats  # (1, T, F)
    gate: Floats  # (T, D) gate of the channel mixing
    v_first: Floats  # (T, D) RWKV-7: the values of layer 0
    shifted: Floats  # (3, T, D) RWKV-6: the first of its two token shifts
    decay_inner: Floats  # (1, T, rank) RWKV-6
    decay: Floats  # (T, D) RWKV-6
    # Where products store their rounded inputs, see :func:`bot.engine.kernels.products.multiply`. Groups of products
    # that may run at the same time have separate buffers.
    rounding: Rounding
    low_rounding: Rounding  # for the low-rank products
    gate_rounding: Rounding


def rounding_scratch(precision: str, numbers: int, rows: int) -> Rounding:
    """Allocate scratch for ``numbers`` activations rounded to at most 16 bits, and for the scales of ``rows`` rows."""
    narrow = np.empty(numbers if precision in ("bf16", *EIGHT_BITS) else 0, np.int16)
    return narrow, np.empty(max(rows, numbers) if precision == "w8a8" else rows, np.float32)
