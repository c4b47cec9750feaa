"""A whole layer of RWKV-7 in one call, on the CPU: for one row, calling the kernels one by one costs much of the time.

The formulas stand in :mod:`bot.engine.rwkv7`. Products come as tuples (weights, scales, pairs, table, columns), see
:class:`bot.engine.kernels.packing.Packed`.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from numba import types
from numba.extending import overload

from bot.engine.kernels.compiling import compiled
from bot.engine.kernels.products import multiply, multiply_int8
from bot.engine.kernels.time_mix7 import time_mix7
from bot.engine.kernels.token_shift import shift_norm


def _product(x: Any, product: Any, out: Any) -> None:
    """``x`` (sources, T, in) -> ``out`` (T, columns), whatever the weights are."""
    raise NotImplementedError("only called by compiled code")


@overload(_product)
def _choose(x: Any, product: Any, out: Any) -> Callable[[Any, Any, Any], None]:
    def floats(x: Any, product: Any, out: Any) -> None:
        multiply(x, product[0], product[1], product[2], product[3], out)

    def integers(x: Any, product: Any, out: Any) -> None:
        multiply_int8(x, product[0], product[1], product[2], product[3], out)

    return integers if product[0].dtype == types.int8 else floats


@compiled
def layer7(x: Any, delta: Any, v_first: Any, state: Any, rows: Any, time: Any, channel: Any) -> None:
    """Add ``delta`` to the residual ``x``, both (T, D), and leave in ``delta`` what is added next.

    ``state``: the layer's token shifts (slots, D) and matrices (slots, H, N, N): att_x, wkv, ffn_x. ``rows``: starts,
    lasts, slots. ``time``: norm's weight and bias, mixes, parameters, and the products receptance-key-value, low-rank
    first, low-rank second, output. ``channel``: norm's weight and bias, mix, and the products key, value.
    """
    tokens, channels = x.shape
    att_x, wkv, ffn_x = state
    starts, lasts, slots = rows
    weight, bias, mixes, parameters, project, compress, expand, output = time
    mixed = np.empty((6, tokens, channels), np.float32)
    shift_norm(x, delta, weight, bias, mixes, att_x, starts, lasts, slots, mixed)
    rkv = np.empty((tokens, project[4]), np.float32)
    _product(mixed, project, rkv)
    inner = np.empty((1, tokens, compress[4]), np.float32)
    _product(mixed, compress, inner[0])
    low = np.empty((tokens, expand[4]), np.float32)
    _product(inner, expand, low)
    y = np.empty((1, tokens, channels), np.float32)
    time_mix7(rkv, low, parameters, v_first, wkv, starts, lasts, slots, y[0])
    _product(y, output, delta)

    weight2, bias2, mix, key, value = channel
    shift_norm(x, delta, weight2, bias2, mix, ffn_x, starts, lasts, slots, y)
    hidden = np.empty((1, tokens, key[4]), np.float32)
    _product(y, key, hidden[0])
    _product(hidden, value, delta)
