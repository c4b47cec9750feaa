"""Matrix products on the CPU: packed panels times rows of activations, with the panels divided among the threads.

A group of products is a tuple (kept, pairs, table), see :class:`bot.engine.kernels.packing.Packed`.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from numba import types
from numba.extending import overload

from bot.engine.kernels.compiling import compiled
from bot.engine.kernels.functions import exp
from bot.engine.kernels.packing import SIGMOID, SQUARED_RELU, TANH
from bot.engine.kernels.rounding import rounded
from bot.engine.kernels.tile_parts import PANEL, TILE_ROWS
from bot.engine.kernels.tiles import make_tile
from bot.engine.kernels.work_queue import report, take, wait

Floats = npt.NDArray[np.float32]


class Stack(NamedTuple):
    """The same group of products in all layers."""

    kept: npt.NDArray[Any]  # empty; its dtype is the storage type of the weights
    pairs: int
    tables: npt.NDArray[np.int64]  # the layers' tables, concatenated
    firsts: npt.NDArray[np.int64]  # (L + 1,) where each layer's table begins


BUNDLES = 64  # bundles of panels per product; with few of them, threads wait long for the last one
PRODUCT_PHASES = 2

_tile1, _tile2, _tile3, _tile4, _tile5, _tile6 = (make_tile(rows) for rows in range(1, TILE_ROWS + 1))


@compiled
def _tile(
    rows: int,
    x: Any,
    x_at: int,
    x_stride: int,
    xs: Any,
    xs_at: int,
    kept: Any,
    w: int,
    s: int,
    groups: int,
    pairs: int,
    out: Any,
    out_at: int,
    out_stride: int,
) -> None:
    if rows == 6:
        _tile6(x, x_at, x_stride, xs, xs_at, kept, w, s, groups, pairs, out, out_at, out_stride)
    elif rows == 5:
        _tile5(x, x_at, x_stride, xs, xs_at, kept, w, s, groups, pairs, out, out_at, out_stride)
    elif rows == 4:
        _tile4(x, x_at, x_stride, xs, xs_at, kept, w, s, groups, pairs, out, out_at, out_stride)
    elif rows == 3:
        _tile3(x, x_at, x_stride, xs, xs_at, kept, w, s, groups, pairs, out, out_at, out_stride)
    elif rows == 2:
        _tile2(x, x_at, x_stride, xs, xs_at, kept, w, s, groups, pairs, out, out_at, out_stride)
    else:
        _tile1(x, x_at, x_stride, xs, xs_at, kept, w, s, groups, pairs, out, out_at, out_stride)


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


def _numbers(x: Any) -> int:
    """Number of input channels in an element of ``x``."""
    raise NotImplementedError("only called by compiled code")


@overload(_numbers)
def _choose_numbers(x: Any) -> Callable[..., int]:
    def two(x: Any) -> int:
        return 2

    def one(x: Any) -> int:
        return 1

    return two if x.dtype == types.uint32 else one


def _scales(x: Any, pairs: int) -> int:
    """Number of scales in a row of ``x``, see :mod:`.rounding`."""
    raise NotImplementedError("only called by compiled code")


@overload(_scales)
def _choose_scales(x: Any, pairs: Any) -> Callable[..., int]:
    def of_groups(x: Any, pairs: Any) -> int:
        return int(x.shape[2] // pairs)

    def of_row(x: Any, pairs: Any) -> int:
        return 1

    return of_groups if x.dtype == types.int8 else of_row


@compiled
def _panel(x: Any, xs: Any, kept: Any, pairs: int, row: Any, edge: Floats, out: Floats) -> None:
    """Multiply all rows of ``x`` by the panel that the ``row`` of a table describes."""
    rows, stride, columns, numbers, scales = x.shape[1], x.shape[2], out.shape[1], _numbers(x), _scales(x, pairs)
    blocks = (rows + TILE_ROWS - 1) // TILE_ROWS
    w, s, groups, source, column, out_column, width, activation = row
    for block in range(blocks):
        first, last = rows * block // blocks, rows * (block + 1) // blocks
        at = (source * rows + first) * stride + column // numbers
        xs_at = (source * rows + first) * scales + (column // pairs if scales > 1 else 0)
        if width == PANEL:
            out_at = first * columns + out_column
            _tile(last - first, x, at, stride, xs, xs_at, kept, w, s, groups, pairs, out, out_at, columns)
        else:
            _tile(last - first, x, at, stride, xs, xs_at, kept, w, s, groups, pairs, edge, 0, PANEL)
            out[first:last, out_column : out_column + width] = edge[: last - first, :width]
    if activation:
        _activate(out[:, out_column : out_column + width], activation)


@compiled
def of_layer(stack: Any, layer: int) -> Any:
    """Return the group of products of one layer."""
    return stack.kept, stack.pairs, stack.tables[stack.firsts[layer] : stack.firsts[layer + 1]]


@compiled
def multiply(queue: Any, phase: int, x: Floats, product: Any, rounding: Any, out: Floats) -> None:
    """Compute all products of a group: ``x`` (sources, T, in) -> ``out`` (T, columns).

    ``rounding`` is scratch space for rounded activations, int16 (>= x.size,) and float32 (>= sources * T,; for w8a8
    twice as many for each group). Does not wait for the other threads: see :func:`multiplied`.
    """
    inputs, scales = rounded(queue, phase, x, product, rounding)
    kept, pairs, table = product
    panels = table.shape[0]
    count = (panels + BUNDLES - 1) // BUNDLES
    edge = np.empty((TILE_ROWS, PANEL), np.float32)  # output of a panel that extends beyond the matrix
    done = 0
    first = take(queue, phase + 1, count)
    while first < panels:
        last = min(first + count, panels)
        for panel in range(first, last):
            _panel(inputs, scales, kept, pairs, table[panel], edge, out)
        done += last - first
        first = take(queue, phase + 1, count)
    report(queue, phase + 1, done)


@compiled
def multiplied(queue: Any, phase: int, product: Any) -> None:
    """Wait until the group of products has been computed."""
    wait(queue, phase + 1, product[2].shape[0])


@compiled
def product_alone(queue: Any, x: Floats, product: Any, rounding: Any, out: Floats) -> None:
    """Compute one group of products on its own."""
    multiply(queue, 0, x, product, rounding, out)
    multiplied(queue, 0, product)
