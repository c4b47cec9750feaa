"""Matrix products on the GPU: one Triton kernel for a group of matrices and few rows, cuBLAS for many rows.

With few rows only the memory traffic of the weights matters: the kernel reads each weight once for up to MAX_ROWS
rows, in its storage type (int8 becomes float only in registers), for all matrices of the group in one launch. With
more rows the arithmetic dominates, and cuBLAS is used; int8 matrices are then dequantised to the activation type, one
at a time.
"""

import math
from collections.abc import Sequence
from typing import Any

import torch
import triton.language as tl
from torch import Tensor

from bot.engine.cuda.compiling import INTERPRETED, kernel
from bot.engine.quantization import QuantizedTensor, group_size
from bot.engine.unpacked import TensorMatrix, UnpackedProducts

OUTPUTS = 16  # output channels per program: few, so that even a square matrix keeps all multiprocessors busy
MIN_ROWS = 16  # smallest number of rows for the tensor cores
MAX_ROWS = 64  # the most rows the kernel handles
INPUTS = 128  # read at once; int8 is read by the group
STAGES, STAGES_INT8, STAGES_MANY_ROWS = 5, 8, 4  # loads in flight: with few rows, enough to keep the memory busy
ALIGNMENT = 16  # of inputs and columns, for 16-byte reads
WARPS = 4


@kernel
def _products(
    x: "Any",
    weights: "Any",
    scales: "Any",
    table: "Any",
    out: "Any",
    rows: "Any",
    x_width: "Any",
    out_width: "Any",
    ROWS: tl.constexpr,
    INPUTS: tl.constexpr,
    OUTPUTS: tl.constexpr,
    QUANTIZED: tl.constexpr,
    WIDE: tl.constexpr,
) -> None:
    """Program (block,): some output channels of one matrix for all rows; sums in float32."""
    entry = table + tl.program_id(0) * 8
    first = tl.multiple_of(tl.load(entry), 16)  # of the block's weights; the hint allows 16-byte reads
    first_scale = tl.load(entry + 1)
    inputs = tl.multiple_of(tl.load(entry + 2), 16)
    source = tl.load(entry + 3)
    column = tl.multiple_of(tl.load(entry + 4), 16)
    out_column = tl.load(entry + 5)
    outputs = tl.load(entry + 6)
    activation = tl.load(entry + 7)
    row = tl.arange(0, ROWS)
    output = tl.arange(0, OUTPUTS)
    lane = tl.arange(0, INPUTS)
    x_at = x + (source * rows + row)[:, None] * x_width + column + lane[None, :]
    w_at = weights + first + output[None, :] * inputs + lane[:, None]
    scale_at = scales + first_scale + output * (inputs // INPUTS)
    there = (row < rows)[:, None]
    wanted = output < outputs
    total = tl.zeros((ROWS, OUTPUTS), tl.float32)
    for begin in range(0, inputs, INPUTS):
        inside = lane < inputs - begin
        a = tl.load(x_at + begin, mask=there & inside[None, :], other=0.0)
        b = tl.load(w_at + begin, mask=wanted[None, :] & inside[:, None], other=0)
        if WIDE:  # the interpreter cannot multiply bfloat16
            a = a.to(tl.float32)
            b = b.to(tl.float32)
        if QUANTIZED:  # one group of inputs: integers are exact in every type, and the scale is applied to the sums
            scale = tl.load(scale_at + begin // INPUTS, mask=wanted, other=0.0)
            total += tl.dot(a, b.to(a.dtype), input_precision="ieee") * scale[None, :]
        else:
            total += tl.dot(a.to(b.dtype), b, input_precision="ieee")
    if activation == 1:
        total = tl.maximum(total, 0.0)
        total = total * total
    elif activation == 2:
        total = 2.0 * tl.sigmoid(2.0 * total) - 1.0  # tanh
    elif activation == 3:
        total = tl.sigmoid(total)
    out_at = out + row[:, None] * out_width + out_column + output[None, :]
    tl.store(out_at, total.to(out.dtype.element_ty), mask=there & wanted[None, :])


class TritonProducts(UnpackedProducts):
    """Like :class:`bot.engine.linear.Products`, with the weights of the group in one buffer on the device."""

    __slots__ = ("by_kernel", "group", "scales", "table", "weights")

    def __init__(self, matrices: Sequence[TensorMatrix], precision: str) -> None:
        """For int8 all matrices must have the same number of input channels."""
        super().__init__(matrices, precision)
        first = matrices[0].weight
        device = first.values.device if isinstance(first, QuantizedTensor) else first.device
        self.group = group_size(matrices[0].weight.shape[1])
        self.table = torch.tensor(_table(matrices, self.group), device=device)  # (blocks, COLUMNS) int64
        values = [
            part.weight.values if isinstance(part.weight, QuantizedTensor) else part.weight for part in self.parts
        ]
        self.weights = _joined(values)
        self.scales = torch.empty(0, device=device)
        if precision == "int8":
            self.scales = _joined(
                [part.weight.scales for part in self.parts if isinstance(part.weight, QuantizedTensor)]
            )
        self._point_into_the_joined()
        places = (size for matrix in matrices for size in (matrix.weight.shape[1], matrix.column))
        self.by_kernel = precision != "fp32" and not any(size % ALIGNMENT for size in places)

    def _point_into_the_joined(self) -> None:
        """Make the parts views of the group's weights, so that each weight is stored once."""
        at = at_scale = 0
        for part in self.parts:
            shape = tuple(part.weight.shape)
            numbers = math.prod(shape)
            values = self.weights[at : at + numbers].view(shape)
            at += numbers
            if not isinstance(part.weight, QuantizedTensor):
                part.weight = values
                continue
            scales = part.weight.scales
            part.weight = QuantizedTensor(values, self.scales[at_scale : at_scale + scales.numel()].view(scales.shape))
            at_scale += scales.numel()

    @property
    def nbytes(self) -> int:
        """Size of the stored weights, in bytes."""
        return int(self.weights.nbytes + self.scales.nbytes)

    def __call__(self, x: Tensor) -> Tensor:
        """(sources, T, in) -> (T, columns), in the type of ``x``; float32 sums."""
        T = x.shape[1]
        if T > MAX_ROWS or not self.by_kernel:
            return super().__call__(x)
        x = x.contiguous()
        out = x.new_empty(T, self.columns)
        arguments = (x, self.weights, self.scales, self.table, out, T, x.shape[2], self.columns)
        rows = max(MIN_ROWS, 1 << (T - 1).bit_length())
        quantized = self.precision == "int8"
        inputs, stages = (self.group, STAGES_INT8) if quantized else (INPUTS, STAGES)
        sizes = {"ROWS": rows, "INPUTS": inputs, "OUTPUTS": OUTPUTS, "QUANTIZED": quantized, "WIDE": INTERPRETED}
        stages = min(stages, STAGES_MANY_ROWS) if rows > 32 else stages
        _products[len(self.table),](*arguments, **sizes, num_warps=WARPS, num_stages=stages)
        return out


def _table(matrices: Sequence[TensorMatrix], group: int) -> list[list[int]]:
    """Return where each program finds its weights and scales, and what it does; columns named as in ``_products``."""
    table, at, scale_at, out_column = [], 0, 0, 0
    for matrix in matrices:
        outputs, inputs = matrix.weight.shape
        groups = inputs // group
        for first in range(0, outputs, OUTPUTS):
            wanted = min(OUTPUTS, outputs - first)
            place = [matrix.source, matrix.column, out_column + first, wanted, matrix.activation]
            table.append([at + first * inputs, scale_at + first * groups, inputs, *place])
        at, scale_at, out_column = at + outputs * inputs, scale_at + outputs * groups, out_column + outputs
    return table


def _joined(parts: list[Tensor]) -> Tensor:
    """Concatenate the tensors, flattened; a single one is not copied."""
    return parts[0].flatten() if len(parts) == 1 else torch.cat([part.flatten() for part in parts])
