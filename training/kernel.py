"""The recurrence of `training.recurrence` as one fused CPU kernel with its gradient (numba).

A head's state stays in the first-level cache while its sequence is read. The forward pass keeps every sixteenth state;
the backward pass recomputes the fifteen in between and walks them in reverse, so memory grows with T / 16. A call runs
on one thread and releases the interpreter lock, so the trainer processes the rows of a batch in parallel.
"""

from __future__ import annotations

from typing import Any

import numba
import numpy as np
import torch
from torch import Tensor

HEAD_SIZE = 64
EVERY = 16
"""Steps between two kept states: sixteen states of 16 KiB stay inside the second-level cache."""

N = HEAD_SIZE


@numba.njit(nogil=True, fastmath=True, cache=True, error_model="numpy")
def _forward(r, w, k, v, a, b, state, y, kept):  # type: ignore[no-untyped-def]  # numba infers the types  # noqa: ANN001, ANN202
    """Fill y (B, T, H, N) and kept (B, H, T/EVERY, N, N); `state` (B, H, N, N) becomes the last state."""
    B, T, H, _ = r.shape
    for bh in range(B * H):
        i_b = bh // H
        h = bh % H
        S = state[i_b, h]
        for t in range(T):
            if t % EVERY == 0:
                kept[i_b, h, t // EVERY] = S
            rt, wt, kt, vt, at, bt, yt = (
                r[i_b, t, h], w[i_b, t, h], k[i_b, t, h], v[i_b, t, h], a[i_b, t, h], b[i_b, t, h], y[i_b, t, h],
            )  # fmt: skip
            for i in range(N):
                removed = np.float32(0)
                for j in range(N):
                    removed += S[i, j] * at[j]
                out = np.float32(0)
                vi = vt[i]
                for j in range(N):
                    s = S[i, j] * wt[j] + removed * bt[j] + vi * kt[j]
                    S[i, j] = s
                    out += s * rt[j]
                yt[i] = out


@numba.njit(nogil=True, fastmath=True, cache=True, error_model="numpy")
def _backward(r, w, k, v, a, b, kept, dy, G_all, dr, dw, dk, dv, da, db):  # type: ignore[no-untyped-def]  # as above  # noqa: ANN001, ANN202
    """Fill the six gradients; `G_all` (B, H, N, N) holds dL/dS after the last step, then before the first."""
    B, T, H, _ = r.shape
    for bh in range(B * H):
        i_b = bh // H
        h = bh % H
        G = G_all[i_b, h]
        states = np.empty((EVERY + 1, N, N), np.float32)
        removed = np.empty((EVERY, N), np.float32)
        for c in range(T // EVERY - 1, -1, -1):
            states[0] = kept[i_b, h, c]
            for s in range(EVERY):
                t = c * EVERY + s
                S = states[s]
                S2 = states[s + 1]
                wt, kt, vt, at, bt = w[i_b, t, h], k[i_b, t, h], v[i_b, t, h], a[i_b, t, h], b[i_b, t, h]
                for i in range(N):
                    x = np.float32(0)
                    for j in range(N):
                        x += S[i, j] * at[j]
                    removed[s, i] = x
                    vi = vt[i]
                    for j in range(N):
                        S2[i, j] = S[i, j] * wt[j] + x * bt[j] + vi * kt[j]
            for s in range(EVERY - 1, -1, -1):
                t = c * EVERY + s
                S = states[s]
                S2 = states[s + 1]
                rt, wt, kt, vt, at, bt = (
                    r[i_b, t, h], w[i_b, t, h], k[i_b, t, h], v[i_b, t, h], a[i_b, t, h], b[i_b, t, h],
                )  # fmt: skip
                drt, dwt, dkt, dvt, dat, dbt, dyt = (
                    dr[i_b, t, h], dw[i_b, t, h], dk[i_b, t, h], dv[i_b, t, h], da[i_b, t, h], db[i_b, t, h],
                    dy[i_b, t, h],
                )  # fmt: skip
                for j in range(N):
                    drt[j] = 0
                    dwt[j] = 0
                    dkt[j] = 0
                    dat[j] = 0
                    dbt[j] = 0
                for i in range(N):
                    di = dyt[i]
                    vi = vt[i]
                    xi = removed[s, i]
                    dvi = np.float32(0)
                    dxi = np.float32(0)
                    for j in range(N):
                        g = G[i, j] + di * rt[j]
                        G[i, j] = g
                        dvi += g * kt[j]
                        dxi += g * bt[j]
                    dvt[i] = dvi
                    for j in range(N):
                        g = G[i, j]
                        s_old = S[i, j]
                        drt[j] += di * S2[i, j]
                        dkt[j] += vi * g
                        dbt[j] += xi * g
                        dwt[j] += g * s_old
                        dat[j] += dxi * s_old
                        G[i, j] = g * wt[j] + dxi * at[j]


class FusedRecurrence(torch.autograd.Function):
    """`step_form` for CPU tensors with N = 64 and T a multiple of sixteen; gradients reach all seven inputs."""

    @staticmethod
    def forward(ctx: Any, *inputs: Tensor) -> tuple[Tensor, Tensor]:
        """Take (r, w, k, v, a, b, state) as `step_form` does; return outputs and last state."""
        r, w, k, v, a, b, first = (x.contiguous() for x in inputs)
        B, T, H, size = r.shape
        if size != N or T % EVERY:
            raise ValueError(f"the fused recurrence needs head size {N} and a length in steps of {EVERY}")
        y = torch.empty_like(r)
        state = first.clone()
        kept = torch.empty(B, H, T // EVERY, N, N)
        _forward(*(x.detach().numpy() for x in (r, w, k, v, a, b, state, y, kept)))
        ctx.save_for_backward(r, w, k, v, a, b, kept)
        return y, state

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor, ...]:
        """Return the gradients of the seven inputs."""
        r, w, k, v, a, b, kept = ctx.saved_tensors
        dy, dstate = grads
        G = torch.zeros(r.shape[0], r.shape[2], N, N) if dstate is None else dstate.clone()
        gradients = [torch.empty_like(r) for _ in range(6)]
        arrays = (x.numpy() for x in (r, w, k, v, a, b, kept, dy.contiguous(), G, *gradients))
        _backward(*arrays)
        return (*gradients, G)
