"""Time mixing of RWKV-5 and RWKV-6 between the matrix products as one Triton kernel, by row and head.

The formulas are in :mod:`bot.engine.models.rwkv5` and :mod:`bot.engine.models.rwkv6`; the notes in :mod:`.time_mix7`
apply here too.
"""

from typing import Any

import torch
import triton.language as tl
from torch import Tensor

from bot.engine.cuda.compiling import kernel
from bot.engine.rows import Rows

WARPS = 4


@kernel
def _time_mix6(
    rkvg: "Any",
    decay: "Any",
    parameters: "Any",
    state: "Any",
    starts: "Any",
    lasts: "Any",
    slots: "Any",
    out: "Any",
    heads: "Any",
    N: tl.constexpr,
    GATED: tl.constexpr,
    BY_TOKEN: tl.constexpr,
) -> None:
    """Program (row, head); ``BY_TOKEN``: each token adds to the decay."""
    row = tl.program_id(0)
    head = tl.program_id(1)
    width = heads * N
    parts = 4 if GATED else 3
    lane = tl.arange(0, N)
    own = head * N + lane
    log_decay = tl.load(parameters + own)
    bonus = tl.load(parameters + width + own)
    ln_weight = tl.load(parameters + 2 * width + own)
    ln_bias = tl.load(parameters + 3 * width + own)
    matrix = state + (tl.load(slots + row) * heads + head) * N * N + lane[:, None] * N + lane[None, :]
    s = tl.load(matrix).to(tl.float32)  # (keys, values)
    w = tl.exp(-tl.exp(log_decay))
    start = tl.load(starts + row)
    last = tl.load(lasts + row)
    for t in range(start, last + 1):
        at = rkvg + t * parts * width + own
        r = tl.load(at).to(tl.float32)
        k = tl.load(at + width).to(tl.float32)
        v = tl.load(at + 2 * width).to(tl.float32)
        if BY_TOKEN:
            w = tl.exp(-tl.exp(log_decay + tl.load(decay + t * width + own).to(tl.float32)))
        y = tl.sum(s * r[:, None], 0) + tl.sum(r * bonus * k, 0) * v  # (values,)
        s = s * w[:, None] + k[:, None] * v[None, :]
        y = y - tl.sum(y, 0) / N
        y = y / tl.sqrt(tl.sum(y * y, 0) / N + 64e-5) * ln_weight + ln_bias
        if GATED:
            gate = tl.load(at + 3 * width).to(tl.float32)
            y = y * gate * tl.sigmoid(gate)
        tl.store(out + t * width + own, y.to(out.dtype.element_ty))
    tl.store(matrix, s.to(state.dtype.element_ty))


def time_mix6(rkvg: Tensor, decay: Tensor | None, parameters: Tensor, state: Tensor, rows: Rows) -> Tensor:
    """Process all tokens of all rows; returns (T, D) in the type of ``rkvg``.

    ``rkvg`` (T, 4 D), or (T, 3 D) without a gate; ``decay`` (T, D): the token's addition to the decay, None if there
    is none (RWKV-5); ``parameters`` (4, D) float32; ``state`` (slots, H, N, N), advanced in place.
    """
    T, D = len(rkvg), parameters.shape[1]
    H, N = state.shape[1:3]
    out = torch.empty(T, D, dtype=rkvg.dtype, device=rkvg.device)
    added = rkvg if decay is None else decay  # an unused pointer
    gated, by_token = rkvg.shape[1] == 4 * D, decay is not None
    arguments = (rkvg, added, parameters, state, rows.starts, rows.lasts, rows.slots, out, H)
    _time_mix6[len(rows.lengths), H](*arguments, N=N, GATED=gated, BY_TOKEN=by_token, num_warps=WARPS)
    return out
