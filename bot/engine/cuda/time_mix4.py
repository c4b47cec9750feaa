"""RWKV-4's time mixing between the matrix products as one Triton kernel, by row and block of channels.

The formulas are in :mod:`bot.engine.models.rwkv4`.
"""

from typing import Any

import torch
import triton.language as tl
from torch import Tensor

from bot.engine.cuda.compiling import kernel
from bot.engine.rows import Rows

BLOCK = 128  # channels per program


@kernel
def _time_mix4(
    rkv: "Any",
    decay: "Any",
    first: "Any",
    aa: "Any",
    bb: "Any",
    pp: "Any",
    starts: "Any",
    lasts: "Any",
    slots: "Any",
    out: "Any",
    width: "Any",
    BLOCK: tl.constexpr,
) -> None:
    """Program (row, block); sums ``aa``, ``bb`` with the common exponent ``pp``."""
    row = tl.program_id(0)
    own = tl.program_id(1) * BLOCK + tl.arange(0, BLOCK)
    inside = own < width
    w = tl.load(decay + own, mask=inside, other=0.0)
    u = tl.load(first + own, mask=inside, other=0.0)
    place = tl.load(slots + row) * width + own
    a = tl.load(aa + place, mask=inside, other=0.0)
    b = tl.load(bb + place, mask=inside, other=0.0)
    p = tl.load(pp + place, mask=inside, other=0.0)
    start = tl.load(starts + row)
    last = tl.load(lasts + row)
    for t in range(start, last + 1):
        at = rkv + t * 3 * width + own
        r = tl.load(at, mask=inside, other=0.0).to(tl.float32)
        k = tl.load(at + width, mask=inside, other=0.0).to(tl.float32)
        v = tl.load(at + 2 * width, mask=inside, other=0.0).to(tl.float32)
        top = tl.maximum(p, u + k)
        old = tl.exp(p - top)
        new = tl.exp(u + k - top)
        y = tl.sigmoid(r) * (old * a + new * v) / (old * b + new)
        tl.store(out + t * width + own, y.to(out.dtype.element_ty), mask=inside)
        top = tl.maximum(p + w, k)
        old = tl.exp(p + w - top)
        new = tl.exp(k - top)
        a = old * a + new * v
        b = old * b + new
        p = top
    tl.store(aa + place, a, mask=inside)
    tl.store(bb + place, b, mask=inside)
    tl.store(pp + place, p, mask=inside)


def time_mix4(rkv: Tensor, decay: Tensor, first: Tensor, aa: Tensor, bb: Tensor, pp: Tensor, rows: Rows) -> Tensor:
    """Process all tokens of all rows; returns (T, D) in the type of ``rkv``.

    ``rkv`` (T, 3 D), receptance before its sigmoid; ``decay``, ``first`` (D,) float32; ``aa``, ``bb``, ``pp`` (slots,
    D) float32 are advanced in place.
    """
    T, D = len(rkv), len(decay)
    out = torch.empty(T, D, dtype=rkv.dtype, device=rkv.device)
    arguments = (rkv, decay, first, aa, bb, pp, rows.starts, rows.lasts, rows.slots, out, D)
    _time_mix4[len(rows.lengths), (D + BLOCK - 1) // BLOCK](*arguments, BLOCK=BLOCK)
    return out
