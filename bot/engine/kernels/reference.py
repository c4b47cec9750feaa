"""The recurrences in plain torch: slow but readable, and the reference that every other kernel is tested against.

All of them take the packed tokens of several rows (see :class:`bot.engine.rows.Rows`) and advance the rows' slots of
one layer's state in place. H heads of N channels; all arithmetic in float32.
"""

from collections.abc import Iterator

import torch
from torch import Tensor

from bot.engine.rows import Rows


def _steps(rows: Rows) -> Iterator[tuple[Tensor, Tensor]]:
    """For each time step, yield the rows that still have a token and the packed positions of those tokens."""
    lengths = rows.lasts - rows.starts + 1
    for step in range(max(rows.lengths)):
        active = torch.nonzero(lengths > step).squeeze(1)
        yield active, rows.starts[active] + step


def wkv4(w: Tensor, u: Tensor, k: Tensor, v: Tensor, aa: Tensor, bb: Tensor, pp: Tensor, rows: Rows) -> Tensor:
    """RWKV-4's weighted key-value average (paper arXiv:2305.13048, equation 16 and appendix D).

    ``w`` = -exp(time_decay) and ``u`` = time_first (D,); ``k``, ``v`` (T, D) float32; ``aa``, ``bb``, ``pp`` (slots,
    D) float32 are numerator, denominator and their common exponent. Returns (T, D) float32.
    """
    y = torch.empty_like(v)
    a, b, p = aa[rows.slots], bb[rows.slots], pp[rows.slots]
    for active, at in _steps(rows):
        k_t, v_t, a_t, b_t, p_t = k[at], v[at], a[active], b[active], p[active]
        top = torch.maximum(p_t, u + k_t)
        old, new = torch.exp(p_t - top), torch.exp(u + k_t - top)
        y[at] = (old * a_t + new * v_t) / (old * b_t + new)
        top = torch.maximum(p_t + w, k_t)
        old, new = torch.exp(p_t + w - top), torch.exp(k_t - top)
        a[active], b[active], p[active] = old * a_t + new * v_t, old * b_t + new, top
    aa[rows.slots], bb[rows.slots], pp[rows.slots] = a, b, p
    return y


def wkv6(r: Tensor, w: Tensor, k: Tensor, v: Tensor, u: Tensor, state: Tensor, rows: Rows) -> Tensor:
    """RWKV-5 and RWKV-6: a matrix state that decays along its keys (paper arXiv:2404.05892, equations 5 and 19).

    y = r (diag(u) k^T v + S), S' = k^T v + diag(w) S. ``r``, ``k``, ``v`` (T, H, N) float32; the decay ``w`` in (0, 1)
    is (T, H, N), or (1, H, N) if it does not depend on the token (RWKV-5); ``u`` (H, N); ``state`` (slots, H, N keys,
    N values) float32 or float16. Returns (T, H, N) float32.
    """
    y = torch.empty_like(v)
    state_b = state[rows.slots].float()  # (B, H, N, N)
    w = w.expand_as(k)
    for active, at in _steps(rows):
        kv = k[at].unsqueeze(-1) * v[at].unsqueeze(-2)  # (B, H, N, N)
        before = state_b[active]
        y[at] = (r[at].unsqueeze(-2) @ (u.unsqueeze(-1) * kv + before)).squeeze(-2)
        state_b[active] = kv + w[at].unsqueeze(-1) * before
    state[rows.slots] = state_b.to(state.dtype)
    return y


def wkv7(r: Tensor, w: Tensor, k: Tensor, v: Tensor, a: Tensor, b: Tensor, state: Tensor, rows: Rows) -> Tensor:
    """RWKV-7's generalised delta rule (paper arXiv:2503.14456, equations 16 to 18).

    S' = S diag(w) + (S a) b^T + v k^T, y = S' r. All inputs (T, H, N): ``w`` the decay in (0, 1), ``a`` = -kappa and
    ``b`` = kappa * learning rate; ``state`` (slots, H, N values, N keys) float32 or float16. Returns (T, H, N)
    in ``v``'s type.
    """
    y = torch.empty_like(v)
    r, w, k, values, a, b = (tensor.float() for tensor in (r, w, k, v, a, b))
    state_b = state[rows.slots].float()  # (B, H, N, N)
    for active, at in _steps(rows):
        before = state_b[active]
        removed = (before @ a[at].unsqueeze(-1)) * b[at].unsqueeze(-2)
        after = before * w[at].unsqueeze(-2) + removed + values[at].unsqueeze(-1) * k[at].unsqueeze(-2)
        state_b[active] = after
        y[at] = (after @ r[at].unsqueeze(-1)).squeeze(-1).to(y.dtype)
    state[rows.slots] = state_b.to(state.dtype)
    return y
