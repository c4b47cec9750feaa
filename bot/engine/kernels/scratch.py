"""Where the threads put what one phase hands on to the next."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
Rounding = tuple[npt.NDArray[np.int16], Floats]


class Scratch(NamedTuple):
    """Arrays for T tokens; what a version does not need is empty."""

    normed: Floats  # (T, D)
    mixed: Floats  # (inputs, T, D)
    project: Floats  # (T, the large products of the time mixing)
    inner: Floats  # (1, T, ranks)
    low: Floats  # (T, what the low-rank products give)
    y: Floats  # (1, T, D)
    hidden: Floats  # (1, T, F)
    gate: Floats  # (T, D) of the channel mixing
    v_first: Floats  # (T, D) RWKV-7: the values of layer 0
    shifted: Floats  # (3, T, D) RWKV-6: the first of its two token shifts
    decay_inner: Floats  # (1, T, rank) RWKV-6
    decay: Floats  # (T, D) RWKV-6
    # Where products round what they read, see :func:`bot.engine.kernels.products.multiply`. Groups of products that
    # threads may compute at the same time have each their own.
    rounding: Rounding
    low_rounding: Rounding  # of the low-rank products
    gate_rounding: Rounding


def rounding_scratch(precision: str, numbers: int, rows: int) -> Rounding:
    """Scratch for ``numbers`` activations that are rounded to 16 bits, and for the scales of ``rows`` rows."""
    return np.empty(numbers if precision in ("int8", "bf16") else 0, np.int16), np.empty(rows, np.float32)
