"""Residual, layer norm and token shift as one Triton kernel, for one token per row: the start of every mixing."""

from typing import Any

import triton.language as tl
from torch import Tensor

from bot.engine.cuda.compiling import kernel
from bot.engine.rows import Rows
from bot.engine.shift_norm import EPS_NORM, ShiftNorm

WARPS = 8


@kernel
def _shift_norm(
    x: "Any",
    delta: "Any",
    weight: "Any",
    bias: "Any",
    mixes: "Any",
    previous: "Any",
    slots: "Any",
    out: "Any",
    rows: "Any",
    width: "Any",
    eps: "Any",
    INPUTS: tl.constexpr,
    BLOCK: tl.constexpr,
) -> None:
    """Program (row,): all channels of its token, in float32."""
    row = tl.program_id(0)
    lane = tl.arange(0, BLOCK)
    inside = lane < width
    at = row * width + lane
    value = tl.load(x + at, mask=inside, other=0.0).to(tl.float32)
    value += tl.load(delta + at, mask=inside, other=0.0).to(tl.float32)
    value = value.to(x.dtype.element_ty)  # the norm uses the residual as rounded for storage
    tl.store(x + at, value, mask=inside)
    value = value.to(tl.float32)
    mean = tl.sum(value, 0) / width
    centred = tl.where(inside, value - mean, 0.0)
    scale = 1.0 / tl.sqrt(tl.sum(centred * centred, 0) / width + eps)
    y = centred * scale * tl.load(weight + lane, mask=inside, other=0.0).to(tl.float32)
    y += tl.load(bias + lane, mask=inside, other=0.0).to(tl.float32)
    place = previous + tl.load(slots + row) * width + lane
    before = tl.load(place, mask=inside, other=0.0).to(tl.float32)
    tl.store(place, y.to(previous.dtype.element_ty), mask=inside)
    for index in tl.static_range(INPUTS):
        mix = tl.load(mixes + index * width + lane, mask=inside, other=0.0).to(tl.float32)
        mixed = y + (before - y) * mix
        tl.store(out + index * rows * width + at, mixed.to(out.dtype.element_ty), mask=inside)


class TritonShiftNorm(ShiftNorm):
    """Like :class:`bot.engine.shift_norm.ShiftNorm`; falls back to plain torch for several tokens per row."""

    def __call__(self, x: Tensor, delta: Tensor, previous: Tensor, rows: Rows) -> Tensor:
        """Add ``delta`` to the residual ``x`` (T, D) in place; return the inputs (M, T, D)."""
        if not rows.decode:
            return super().__call__(x, delta, previous, rows)
        T, D = x.shape
        inputs = len(self.mixes)
        out = x.new_empty(inputs, T, D)
        vectors = (self.norm.weight, self.norm.bias, self.mixes)
        block = 1 << (D - 1).bit_length()
        arguments = (x, delta, *vectors, previous, rows.slots, out, T, D, EPS_NORM)
        _shift_norm[T,](*arguments, INPUTS=inputs, BLOCK=block, num_warps=WARPS)
        return out
