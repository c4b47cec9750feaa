"""The recurrence of `training.recurrence` as one fused kernel for CUDA, with its gradient (Triton).

One program walks one head of one row. The forward pass keeps every eighth state; the backward pass starts each chunk
of eight at its kept state and undoes one step after another, dividing by the decay (above 0.545: eight steps multiply
an error by at most 128, sixteen by up to 16,000). With ``TRITON_INTERPRET=1`` the kernels work on CPU tensors.
"""

# ruff: noqa: ANN001, ANN202  # Triton infers the types

from __future__ import annotations

from typing import Any

import torch
import triton
import triton.language as tl
from torch import Tensor

from training.kernel import HEAD_SIZE

EVERY = 8
"""Steps between two kept states."""


@triton.jit  # type: ignore[untyped-decorator]  # Triton has no types
def _forward(  # type: ignore[no-untyped-def]  # Triton infers the types
    r,
    w,
    k,
    v,
    a,
    b,
    state,
    y,
    removed,
    kept,
    last,
    steps,
    heads,
    N: tl.constexpr,
    EVERY: tl.constexpr,
):
    """Fill y and removed (B, T, H, N), kept (B, H, T/EVERY, N, N) and last (B, H, N, N)."""
    head = tl.program_id(0)
    row = head // heads
    i = tl.arange(0, N)
    square = i[:, None] * N + i[None, :]
    S = tl.load(state + head * N * N + square)
    place = (row * steps * heads + head % heads) * N + i
    for t in range(steps):
        at = place + t * heads * N
        rt, wt, kt = tl.load(r + at), tl.load(w + at), tl.load(k + at)
        vt, at_, bt = tl.load(v + at), tl.load(a + at), tl.load(b + at)
        sa = tl.sum(S * at_[None, :], axis=1)
        S = S * wt[None, :] + sa[:, None] * bt[None, :] + vt[:, None] * kt[None, :]
        tl.store(y + at, tl.sum(S * rt[None, :], axis=1))
        tl.store(removed + at, sa)
        if (t + 1) % EVERY == 0:
            tl.store(kept + (head * (steps // EVERY) + t // EVERY) * N * N + square, S)
    tl.store(last + head * N * N + square, S)


@triton.jit  # type: ignore[untyped-decorator]  # Triton has no types
def _backward(  # type: ignore[no-untyped-def]  # Triton infers the types
    r, w, k, v, a, b, removed, kept, dy, dlast, dr, dw, dk, dv, da, db, dstate,
    steps, heads, N: tl.constexpr, EVERY: tl.constexpr,
):  # fmt: skip
    """Fill the gradients (B, T, H, N) and that of the first state (B, H, N, N)."""
    head = tl.program_id(0)
    row = head // heads
    i = tl.arange(0, N)
    square = i[:, None] * N + i[None, :]
    dS = tl.load(dlast + head * N * N + square)
    S = tl.zeros((N, N), tl.float32)
    place = (row * steps * heads + head % heads) * N + i
    for back in range(steps):
        t = steps - 1 - back
        at = place + t * heads * N
        rt, wt, kt = tl.load(r + at), tl.load(w + at), tl.load(k + at)
        vt, at_, bt = tl.load(v + at), tl.load(a + at), tl.load(b + at)
        sa, dyt = tl.load(removed + at), tl.load(dy + at)
        if (t + 1) % EVERY == 0:
            S = tl.load(kept + (head * (steps // EVERY) + t // EVERY) * N * N + square)
        tl.store(dr + at, tl.sum(S * dyt[:, None], axis=0))
        dS += dyt[:, None] * rt[None, :]
        S = (S - sa[:, None] * bt[None, :] - vt[:, None] * kt[None, :]) / wt[None, :]
        dsa = tl.sum(dS * bt[None, :], axis=1)
        tl.store(dv + at, tl.sum(dS * kt[None, :], axis=1))
        tl.store(dk + at, tl.sum(dS * vt[:, None], axis=0))
        tl.store(db + at, tl.sum(dS * sa[:, None], axis=0))
        tl.store(dw + at, tl.sum(dS * S, axis=0))
        tl.store(da + at, tl.sum(S * dsa[:, None], axis=0))
        dS = dS * wt[None, :] + dsa[:, None] * at_[None, :]
    tl.store(dstate + head * N * N + square, dS)


class GpuRecurrence(torch.autograd.Function):
    """`training.recurrence.step_form` on a GPU: the same arguments, results and gradients; T a multiple of eight."""

    @staticmethod
    def forward(
        ctx: Any,  # torch does not type it
        r: Tensor, w: Tensor, k: Tensor, v: Tensor, a: Tensor, b: Tensor, state: Tensor,
    ) -> tuple[Tensor, Tensor]:  # fmt: skip
        """Return the outputs (B, T, H, N) and the last state (B, H, N, N).

        Raises:
            ValueError: T is not a multiple of `EVERY`.

        """
        B, T, H, N = r.shape
        if T % EVERY:
            raise ValueError(f"the kernel needs a length that is a multiple of {EVERY}, not {T}")
        given = [x.contiguous() for x in (r, w, k, v, a, b, state)]
        y, removed, last = torch.empty_like(given[0]), torch.empty_like(given[0]), torch.empty_like(given[6])
        kept = r.new_empty(B, H, T // EVERY, N, N)
        _forward[(B * H,)](*given, y, removed, kept, last, T, H, N=HEAD_SIZE, EVERY=EVERY, num_warps=4)
        ctx.save_for_backward(*given[:6], removed, kept)
        return y, last

    @staticmethod
    def backward(ctx: Any, dy: Tensor, dlast: Tensor) -> tuple[Tensor, ...]:
        """Return the gradients of all seven arguments."""
        *given, removed, kept = ctx.saved_tensors
        B, T, H, N = given[0].shape
        gradients = [torch.empty_like(given[0]) for _ in range(6)]
        dstate = given[0].new_empty(B, H, N, N)
        _backward[(B * H,)](
            *given, removed, kept, dy.contiguous(), dlast.contiguous(), *gradients, dstate, T, H,
            N=HEAD_SIZE, EVERY=EVERY, num_warps=4,
        )  # fmt: skip
        return (*gradients, dstate)
