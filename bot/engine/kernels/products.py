"""Matrix products on the CPU: packed panels times rows of activations, the panels spread over the threads."""

from typing import Any

import numba
import numpy as np
import numpy.typing as npt

from bot.engine.kernels.compiling import compiled, parallel
from bot.engine.kernels.functions import exp
from bot.engine.kernels.packing import SIGMOID, SQUARED_RELU, TANH
from bot.engine.kernels.threads import enter, leave
from bot.engine.kernels.tiles import PANEL, TILE_ROWS, make_tile

Floats = npt.NDArray[np.float32]
Shorts = npt.NDArray[np.int16]
Integers = npt.NDArray[np.int64]

LARGEST = np.float32(32767)  # of an int16 activation
# Smaller loops stay on one thread: 15 microseconds of work or more is worth waking another
LEAST_WEIGHTS = 1 << 18  # elements of the packed array times blocks of rows
LEAST_ACTIVATIONS = 1 << 16  # that are quantised

_tile1, _tile2, _tile3, _tile4, _tile5, _tile6 = (make_tile(rows) for rows in range(1, TILE_ROWS + 1))


@compiled
def _tile(
    rows: int,
    x: Any,
    x_at: int,
    x_stride: int,
    xs: Any,
    xs_at: int,
    w: Any,
    w_at: int,
    s: Any,
    s_at: int,
    groups: int,
    pairs: int,
    out: Any,
    out_at: int,
    out_stride: int,
) -> None:
    if rows == 6:
        _tile6(x, x_at, x_stride, xs, xs_at, w, w_at, s, s_at, groups, pairs, out, out_at, out_stride)
    elif rows == 5:
        _tile5(x, x_at, x_stride, xs, xs_at, w, w_at, s, s_at, groups, pairs, out, out_at, out_stride)
    elif rows == 4:
        _tile4(x, x_at, x_stride, xs, xs_at, w, w_at, s, s_at, groups, pairs, out, out_at, out_stride)
    elif rows == 3:
        _tile3(x, x_at, x_stride, xs, xs_at, w, w_at, s, s_at, groups, pairs, out, out_at, out_stride)
    elif rows == 2:
        _tile2(x, x_at, x_stride, xs, xs_at, w, w_at, s, s_at, groups, pairs, out, out_at, out_stride)
    else:
        _tile1(x, x_at, x_stride, xs, xs_at, w, w_at, s, s_at, groups, pairs, out, out_at, out_stride)


@compiled
def _activate(values: Floats, activation: int) -> None:
    """Apply an activation to (rows, width) in place."""
    rows, width = values.shape
    for t in range(rows):
        for j in range(width):
            value = values[t, j]
            if activation == SQUARED_RELU:
                value = max(value, np.float32(0))
                values[t, j] = value * value
            elif activation == TANH:
                values[t, j] = np.float32(1) - np.float32(2) / (exp(np.float32(2) * value) + np.float32(1))
            elif activation == SIGMOID:
                values[t, j] = np.float32(1) / (np.float32(1) + exp(-value))


@parallel
def _multiply(x: Any, xs: Any, w: Any, s: Any, pairs: int, table: Integers, out: Floats) -> None:
    """``x`` (sources, T, channels), ``xs`` (sources, T) its scales, ``out`` (T, columns)."""
    rows, stride, columns = x.shape[1], x.shape[2], out.shape[1]
    blocks = (rows + TILE_ROWS - 1) // TILE_ROWS
    threads = enter(w.size * blocks, LEAST_WEIGHTS)
    for panel in numba.prange(table.shape[0]):
        w_at, s_at, groups, source, column, out_column, width, activation = table[panel]
        edge = np.empty((TILE_ROWS, PANEL), np.float32)  # where a panel sticks out beyond the matrix
        for block in range(blocks):
            first, last = rows * block // blocks, rows * (block + 1) // blocks
            at = (source * rows + first) * stride + column
            scale_at = source * rows + first
            if width == PANEL:
                out_at = first * columns + out_column
                _tile(last - first, x, at, stride, xs, scale_at, w, w_at, s, s_at, groups, pairs, out, out_at, columns)
            else:
                _tile(last - first, x, at, stride, xs, scale_at, w, w_at, s, s_at, groups, pairs, edge, 0, PANEL)
                out[first:last, out_column : out_column + width] = edge[: last - first, :width]
        if activation:
            _activate(out[:, out_column : out_column + width], activation)
    leave(threads)


@compiled
def _quantize_row(x: Floats, quantized: Shorts) -> np.float32:
    """Round ``x`` (channels,) to int16; returns the scale, which is NaN where ``x`` is not finite."""
    largest, total = np.float32(0), np.float32(0)
    for i in range(x.shape[0]):
        largest = max(largest, abs(x[i]))
        total += abs(x[i])
    factor = LARGEST / largest if largest > 0 else np.float32(0)
    for i in range(x.shape[0]):
        quantized[i] = np.int16(np.rint(x[i] * factor))
    return largest / LARGEST if total < np.inf else np.float32(np.nan)


@parallel
def _quantize(x: Floats) -> tuple[Shorts, Floats]:
    """``x`` (sources, T, channels) -> int16 of the same shape, and a scale for each row (sources, T)."""
    sources, rows, _ = x.shape
    quantized = np.empty(x.shape, np.int16)
    scales = np.empty((sources, rows), np.float32)
    threads = enter(x.size, LEAST_ACTIVATIONS)
    for row in numba.prange(sources * rows):
        m, t = row // rows, row % rows
        scales[m, t] = _quantize_row(x[m, t], quantized[m, t])
    leave(threads)
    return quantized, scales


@compiled
def multiply(x: Floats, w: Any, s: Floats, pairs: int, table: Integers, out: Floats) -> None:
    """All products of packed float matrices (see :mod:`.packing`): ``x`` (sources, T, in) -> ``out`` (T, columns)."""
    _multiply(x, np.empty((1, 1), np.float32), w, s, pairs, table, out)


@compiled
def multiply_int8(x: Floats, w: Any, s: Floats, pairs: int, table: Integers, out: Floats) -> None:
    """The same for int8 weights; the activations are rounded to 16 bits, a scale for each row."""
    quantized, scales = _quantize(x)
    _multiply(quantized, scales, w, s, pairs, table, out)
