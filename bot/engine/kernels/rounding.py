"""Rounding of activations to what the products take. It reads them once for each product, so its loops are wide.

Neither the largest absolute value nor the test for infinities and NaNs is a sum of floats, which would be added one
after another.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
from numba import types
from numba.extending import overload

from bot.engine.kernels.compiling import compiled
from bot.engine.kernels.tiles import HAS_DOT
from bot.engine.kernels.work_queue import report, take, wait

Floats = npt.NDArray[np.float32]
Bytes = npt.NDArray[np.int8]
Shorts = npt.NDArray[np.int16]
Words = npt.NDArray[np.uint32]

MAX_INT16 = np.float32(32767)  # largest int16 activation
MAX_INT8 = np.float32(127)
INFINITY = np.uint32(0x7F800000)  # its bits; those of NaNs are larger


@compiled
def _top(x: Floats) -> np.uint32:
    """Return the bits of the largest absolute value of ``x``: as integers they have the order of the numbers."""
    bits, top = x.view(np.uint32), np.uint32(0)
    for i in range(bits.size):
        top = max(top, bits[i] & np.uint32(0x7FFFFFFF))
    return top


@compiled
def _round_row(x: Floats, quantized: Shorts, scale: Floats) -> None:
    """Round ``x`` (channels,) to int16. ``scale`` (1,) gets the scale, NaN if ``x`` is not finite."""
    top = _top(x)
    scale.view(np.uint32)[0] = top
    factor = MAX_INT16 / scale[0] if top > 0 else np.float32(0)
    for i in range(x.shape[0]):
        quantized[i] = np.int16(np.rint(x[i] * factor))
    scale[0] = scale[0] / MAX_INT16 if top < INFINITY else np.float32(np.nan)


@compiled
def _round(queue: Any, phase: int, x: Floats, rounding: Any) -> tuple[Shorts, Floats]:
    sources, rows, _ = x.shape
    quantized = rounding[0][: x.size].reshape(x.shape)
    scales = rounding[1][: sources * rows].reshape(sources, rows)
    done = 0
    task = take(queue, phase, 1)
    while task < sources * rows:
        m, t = task // rows, task % rows
        _round_row(x[m, t], quantized[m, t], scales[m, t : t + 1])
        done += 1
        task = take(queue, phase, 1)
    report(queue, phase, done)
    wait(queue, phase, sources * rows)
    return quantized, scales


@compiled
def _round_group(x: Floats, quantized: Bytes, scales: Floats) -> None:
    """Round ``x`` (group,) to 8 bits. ``scales`` gets the scale, NaN if ``x`` is not finite, and -128 times the sum.

    The latter cancels the 128 that is added to the weights, see :mod:`bot.engine.kernels.quad_tiles`.
    """
    top, numbers = _top(x), np.int32(0)
    scales.view(np.uint32)[0] = top
    factor = MAX_INT8 / scales[0] if top > 0 else np.float32(0)
    for i in range(x.size):
        number = np.int32(np.rint(x[i] * factor))
        quantized[i] = np.int8(number)
        numbers += number
    scales[0] = scales[0] / MAX_INT8 if top < INFINITY else np.float32(np.nan)
    scales[1] = np.float32(-128 * numbers)


@compiled
def _round_groups(queue: Any, phase: int, x: Floats, pairs: int, rounding: Any) -> tuple[Bytes, Floats]:
    sources, rows, channels = x.shape
    size, groups = 2 * pairs, channels // (2 * pairs)
    quantized = rounding[0].view(np.int8)[: x.size].reshape(x.shape)
    scales = rounding[1][: sources * rows * groups * 2].reshape(sources * rows, groups, 2)
    done = 0
    task = take(queue, phase, 1)
    while task < sources * rows:
        m, t = task // rows, task % rows
        for group in range(groups):
            some = slice(group * size, group * size + size)
            _round_group(x[m, t, some], quantized[m, t, some], scales[task, group])
        done += 1
        task = take(queue, phase, 1)
    report(queue, phase, done)
    wait(queue, phase, sources * rows)
    return quantized, scales.reshape(1, -1)


@compiled
def _pair_row(x: Floats, pairs: Words) -> None:
    """Round ``x`` (channels,) to bfloat16, to nearest even, two neighbours per word; non-finite values become NaN."""
    bits = x.view(np.uint32)
    for i in range(pairs.size):
        low, high = bits[2 * i], bits[2 * i + 1]
        rounded_low = (low + np.uint32(0x7FFF) + ((low >> np.uint32(16)) & np.uint32(1))) >> np.uint32(16)
        rounded_high = (high + np.uint32(0x7FFF) + ((high >> np.uint32(16)) & np.uint32(1))) & np.uint32(0xFFFF0000)
        pairs[i] = rounded_low | rounded_high
    if _top(x) < INFINITY:
        return
    for i in range(x.size):
        if not np.isfinite(x[i]):  # the addition above may have turned a NaN's bits into a finite number
            pairs[i // 2] = np.uint32(0x7FC07FC0)


@compiled
def _pair(queue: Any, phase: int, x: Floats, rounding: Any) -> tuple[Words, Floats]:
    sources, rows, channels = x.shape
    pairs = rounding[0][: x.size].view(np.uint32).reshape(sources, rows, channels // 2)
    done = 0
    task = take(queue, phase, 1)
    while task < sources * rows:
        m, t = task // rows, task % rows
        _pair_row(x[m, t], pairs[m, t])
        done += 1
        task = take(queue, phase, 1)
    report(queue, phase, done)
    wait(queue, phase, sources * rows)
    return pairs, rounding[1].reshape(1, -1)


def rounded(queue: Any, phase: int, x: Any, product: Any, rounding: Any) -> Any:
    """Convert ``x`` (sources, T, in) to the type that ``product`` takes.

    For int8: rounded to 16 bits with a scale for each row. For w8a8: to 8 bits, with a scale for each group. For
    bfloat16, on machines that multiply pairs of them: rounded to pairs.
    """
    raise NotImplementedError("only called by compiled code")


@overload(rounded)
def _choose(queue: Any, phase: Any, x: Any, product: Any, rounding: Any) -> Callable[..., Any]:
    def floats(queue: Any, phase: Any, x: Any, product: Any, rounding: Any) -> Any:
        return x, rounding[1].reshape(1, -1)

    def integers(queue: Any, phase: Any, x: Any, product: Any, rounding: Any) -> Any:
        return _round(queue, phase, x, rounding)

    def pairs(queue: Any, phase: Any, x: Any, product: Any, rounding: Any) -> Any:
        return _pair(queue, phase, x, rounding)

    def groups(queue: Any, phase: Any, x: Any, product: Any, rounding: Any) -> Any:
        return _round_groups(queue, phase, x, product[1], rounding)

    if product[0].dtype == types.uint8:
        return groups
    if product[0].dtype == types.uint32 and HAS_DOT:
        return pairs
    return integers if product[0].dtype == types.int8 else floats
