"""Weights laid out in the order in which the tiles read them.

A matrix (out, in) is cut into panels of PANEL output channels; the last one is padded with zeros. Within a panel the
input channels come in pairs, one pair after another:

- bfloat16: PANEL 32-bit words, the pair's first weight in the lower half, its second in the upper half;
- float32, float16: PANEL first weights, then PANEL second weights;
- int8: PANEL times two neighbours; the scales are separate, (groups, PANEL) for each panel;
- w8a8: PANEL times four neighbours, each plus 128, two pairs at a time; scales as for int8.

All panels of one or several matrices are in one flat array, and a table says for each panel where it is and what it
multiplies. The table contains addresses, so the tables of many arrays can be concatenated: a pass over a model takes
a few tables, not hundreds of arrays.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from bot.engine.arrays import Array, aligned
from bot.engine.kernels.tile_parts import PANEL
from bot.engine.precisions import DTYPES, EIGHT_BITS
from bot.engine.quantization import Quantized, group_size, quantize

NONE, SQUARED_RELU, TANH, SIGMOID = range(4)  # activation applied to a product
PANELS_AT_ONCE = 128  # bounds the temporary memory that packing needs
COLUMNS = 8  # of the table, see :class:`Packed`


Weight = TypeVar("Weight")


@dataclass(frozen=True, slots=True)
class Matrix(Generic[Weight]):
    """One member of a group of products: ``activation(x[source][:, column : column + in] @ weight.T)``."""

    weight: Weight  # (out, in)
    source: int = 0
    column: int = 0
    activation: int = NONE


@dataclass(frozen=True, slots=True)
class Packed:
    """The panels of one or several matrices.

    A row of the table: the addresses of the panel's weights and scales, groups of input channels, source, first input
    column, first output column, output channels (fewer than PANEL in the last panel of a matrix), activation.
    """

    weights: Array  # flat; float32, uint32 (two bfloat16), uint16 (float16), int8, or uint8 (w8a8)
    scales: NDArray[np.float32]  # flat float32, empty except for int8
    table: NDArray[np.int64]  # (panels, COLUMNS) int64
    pairs: int  # pairs of input channels in a group
    columns: int  # output columns, all matrices side by side


def pack(matrices: Sequence[Matrix[Array | Quantized]], precision: str) -> Packed:
    """Pack the matrices so that one pass computes all their products, with the outputs side by side.

    The number of input channels must be even (w8a8: a multiple of 4), and for 8 bits the same for all matrices.
    """
    weights, scales, table = list[Array](), list[Array](), list[list[int]]()
    weights_at = scales_at = out_column = 0
    pairs = group_size(matrices[0].weight.shape[1]) // 2 if precision in EIGHT_BITS else 1
    for matrix in matrices:
        out, channels = matrix.weight.shape
        if channels % (2 * pairs) or (precision == "w8a8" and pairs % 2):
            raise ValueError(f"a matrix with {channels} input channels cannot be packed in groups of {2 * pairs}")
        for first in range(0, out, PANEL * PANELS_AT_ONCE):
            panels, panel_scales = _panels(matrix.weight, first, precision)
            weights.append(panels.reshape(-1))
            scales.append(panel_scales.reshape(-1))
            for panel in range(len(panels)):
                at = first + panel * PANEL
                width = min(PANEL, out - at)
                groups = channels // (2 * pairs)
                place = [matrix.source, matrix.column, out_column + at, width, matrix.activation]
                table.append([weights_at, scales_at, groups, *place])
                weights_at += panels[panel].nbytes
                scales_at += panel_scales[panel].nbytes if len(panel_scales) else 0
        out_column += out
    flat, flat_scales = _joined(weights), np.asarray(_joined(scales), np.float32)
    places = np.array(table, np.int64)
    places[:, 0] += flat.ctypes.data
    places[:, 1] += flat_scales.ctypes.data
    return Packed(flat, flat_scales, places, pairs, out_column)


def _joined(parts: list[Array]) -> Array:
    """Concatenate the parts, releasing the memory of each as soon as it is copied."""
    whole = aligned((sum(part.size for part in parts),), parts[0].dtype)
    begin = 0
    while parts:
        part = parts.pop(0)
        whole[begin : begin + part.size] = part
        begin += part.size
    return whole


def _panels(weight: Array | Quantized, first: int, precision: str) -> tuple[Array, NDArray[np.float32]]:
    """Pack panels of (out, in) from channel ``first`` on: (count, ...), and their scales (count, groups, PANEL)."""
    some = slice(first, first + PANEL * PANELS_AT_ONCE)
    if precision in EIGHT_BITS:
        quantized = (
            Quantized(weight.values[some], weight.scales[some])
            if isinstance(weight, Quantized)
            else quantize(weight[some])
        )
        return _int8_panels(quantized) if precision == "int8" else _quad_panels(quantized)
    exact = _filled((weight.dequantize() if isinstance(weight, Quantized) else weight)[some])
    count, channels = exact.shape[0] // PANEL, exact.shape[1]
    none = np.empty(0, np.float32)
    narrow = np.ascontiguousarray(exact.astype(DTYPES[precision], copy=False))
    if precision == "bf16":
        words = narrow.view(np.uint32)  # two neighbours each
        return np.ascontiguousarray(words.reshape(count, PANEL, channels // 2).swapaxes(1, 2)), none
    pairs = np.ascontiguousarray(narrow.reshape(count, PANEL, channels // 2, 2).transpose(0, 2, 3, 1))
    return (pairs if precision == "fp32" else pairs.view(np.uint16)), none


def _int8_panels(weight: Quantized) -> tuple[Array, NDArray[np.float32]]:
    values, scales = _filled(weight.values), _filled(weight.scales)
    count, channels = values.shape[0] // PANEL, values.shape[1]
    pairs = values.reshape(count, PANEL, channels // 2, 2).transpose(0, 2, 1, 3)
    groups = scales.reshape(count, PANEL, -1).swapaxes(1, 2)
    return np.ascontiguousarray(pairs), np.ascontiguousarray(groups, np.float32)


def _quad_panels(weight: Quantized) -> tuple[Array, NDArray[np.float32]]:
    _, scales = _int8_panels(weight)
    values = (_filled(weight.values).astype(np.int16) + 128).astype(np.uint8)
    count, channels = values.shape[0] // PANEL, values.shape[1]
    return np.ascontiguousarray(values.reshape(count, PANEL, channels // 4, 4).transpose(0, 2, 1, 3)), scales


def _filled(weight: Array) -> Array:
    """Pad the matrix with zero rows to a whole number of panels."""
    missing = -weight.shape[0] % PANEL
    return np.pad(weight, ((0, missing), (0, 0))) if missing else weight
