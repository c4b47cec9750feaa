"""RWKV-7's time mixing between the matrix products as one Triton kernel, by row and head.

The formulas are in :mod:`bot.engine.models.rwkv7`. The head's matrix is read from the row's slot of the state pool,
stays in registers while all the row's tokens are read, and is written back: decode and prefill differ only in the
number of tokens. All arithmetic is in float32, whatever the types in memory.
"""

from typing import Any

import torch
import triton.language as tl
from torch import Tensor

from bot.engine.cuda.compiling import kernel
from bot.engine.rows import Rows

WARPS = 4  # gives 32 registers per thread for a 64 x 64 matrix


@kernel
def _time_mix7(
    rkv: "Any",
    low: "Any",
    parameters: "Any",
    v_first: "Any",
    state: "Any",
    starts: "Any",
    lasts: "Any",
    slots: "Any",
    out: "Any",
    heads: "Any",
    N: tl.constexpr,
    LATER: tl.constexpr,
) -> None:
    """Program (row, head); ``LATER``: not layer 0, whose values the later layers mix into theirs."""
    row = tl.program_id(0)
    head = tl.program_id(1)
    width = heads * N
    low_width = width * (4 if LATER else 3)
    lane = tl.arange(0, N)
    own = head * N + lane
    w0 = tl.load(parameters + own)
    a0 = tl.load(parameters + width + own)
    v0 = tl.load(parameters + 2 * width + own)
    k_k = tl.load(parameters + 3 * width + own)
    k_a = tl.load(parameters + 4 * width + own)
    r_k = tl.load(parameters + 5 * width + own)
    ln_weight = tl.load(parameters + 6 * width + own)
    ln_bias = tl.load(parameters + 7 * width + own)
    matrix = state + (tl.load(slots + row) * heads + head) * N * N + lane[:, None] * N + lane[None, :]
    s = tl.load(matrix).to(tl.float32)  # (values, keys)
    start = tl.load(starts + row)
    last = tl.load(lasts + row)
    for t in range(start, last + 1):
        at = rkv + t * 3 * width + own
        r = tl.load(at).to(tl.float32)
        k = tl.load(at + width).to(tl.float32)
        v = tl.load(at + 2 * width).to(tl.float32)
        at = low + t * low_width + own
        w = tl.exp(-0.606531 * tl.sigmoid(w0 + tl.load(at).to(tl.float32)))
        a = tl.sigmoid(a0 + tl.load(at + width).to(tl.float32))
        gate = tl.load(at + 2 * width).to(tl.float32)
        if LATER:
            first = tl.load(v_first + t * width + own).to(tl.float32)
            v += (first - v) * tl.sigmoid(v0 + tl.load(at + 3 * width).to(tl.float32))
        else:
            tl.store(v_first + t * width + own, v.to(v_first.dtype.element_ty))
        kk = k * k_k
        kk = kk / tl.maximum(tl.sqrt(tl.sum(kk * kk, 0)), 1e-12)
        k = k * (1.0 + (a - 1.0) * k_a)
        removed = tl.sum(s * -kk[None, :], 1)  # (values,)
        s = s * w[None, :] + removed[:, None] * (kk * a)[None, :] + v[:, None] * k[None, :]
        y = tl.sum(s * r[None, :], 1)
        y = y - tl.sum(y, 0) / N
        y = y / tl.sqrt(tl.sum(y * y, 0) / N + 64e-5) * ln_weight + ln_bias
        y = (y + tl.sum(r * k * r_k, 0) * v) * gate
        tl.store(out + t * width + own, y.to(out.dtype.element_ty))
    tl.store(matrix, s.to(state.dtype.element_ty))


def time_mix7(rkv: Tensor, low: Tensor, parameters: Tensor, v_first: Tensor, state: Tensor, rows: Rows) -> Tensor:
    """Process all tokens of all rows; returns (T, D) in the type of ``rkv``.

    ``rkv`` (T, 3 D); ``low`` (T, 3 D) in layer 0, else (T, 4 D): additions of the low-rank products to decay, rate,
    gate and value; ``parameters`` (8, D) float32; ``v_first`` (T, D), written in layer 0; ``state`` (slots, H, N, N),
    advanced in place.
    """
    T, D = v_first.shape
    H, N = state.shape[1:3]
    out = torch.empty(T, D, dtype=rkv.dtype, device=rkv.device)
    places = (rows.starts, rows.lasts, rows.slots)
    _time_mix7[len(rows.lengths), H](
        rkv, low, parameters, v_first, state, *places, out, H, N=N, LATER=low.shape[1] == 4 * D, num_warps=WARPS
    )
    return out
