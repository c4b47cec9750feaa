"""The RWKV-7 recurrence (paper "RWKV-7 Goose", eq. 15-18) in three equivalent forms.

Per head, with state S of shape (N, N) (rows: value channels, columns: key channels)::

    S' = S * w + (S @ a) outer b + v outer k        y = S' @ r

where ``a = -kk`` and ``b = kk * in-context learning rate``. `step_form` is the definition, `chunked_form` turns
sixteen steps into matrix products for any device, `FusedRecurrence` (in `training.kernel`) is the CPU path.
All tensors are float32, time-major inside a sequence: (B, T, H, N).
"""

from __future__ import annotations

import torch
from torch import Tensor

CHUNK = 16
"""Steps folded into one block of matrix products: exp(-0.6065 * 16) = 6e-5 keeps the quotients safe in float32."""


def step_form(r: Tensor, w: Tensor, k: Tensor, v: Tensor, a: Tensor, b: Tensor, state: Tensor) -> tuple[Tensor, Tensor]:
    """Run the recurrence one token at a time.

    ``r``, ``w``, ``k``, ``v``, ``a`` and ``b`` are (B, T, H, N) float32, ``w`` being the decay itself, in (0.545, 1);
    ``state`` is (B, H, N, N), the state before the first token. Returns the outputs (B, T, H, N) and the last state.
    """
    outputs = []
    for t in range(r.shape[1]):
        removed = state @ a[:, t].unsqueeze(-1)  # (B, H, N, 1)
        state = state * w[:, t].unsqueeze(-2) + removed @ b[:, t].unsqueeze(-2)
        state = state + v[:, t].unsqueeze(-1) @ k[:, t].unsqueeze(-2)
        outputs.append((state @ r[:, t].unsqueeze(-1)).squeeze(-1))
    return torch.stack(outputs, dim=1), state


def _chunks(x: Tensor) -> Tensor:
    """(B, T, H, N) -> (B, H, T / CHUNK, CHUNK, N)."""
    B, T, H, N = x.shape
    return x.view(B, T // CHUNK, CHUNK, H, N).permute(0, 3, 1, 2, 4)


def chunked_form(
    r: Tensor, w: Tensor, k: Tensor, v: Tensor, a: Tensor, b: Tensor, state: Tensor
) -> tuple[Tensor, Tensor]:
    """Run the recurrence in chunks of sixteen steps as batched matrix products.

    Within a chunk, with the cumulative decay W_t = w_1 ... w_t, the rows removed from the state obey a unit lower
    triangular system (the WY representation of "Parallelizing Linear Transformers with the Delta Rule", sec. 3.2),
    which one triangular solve gives for the whole chunk. Arguments and results as in `step_form`; T is a multiple
    of `CHUNK`.

    Raises:
        ValueError: T is not a multiple of `CHUNK`.

    """
    B, T, H, N = r.shape
    if T % CHUNK:
        raise ValueError(f"the chunked form needs a length that is a multiple of {CHUNK}, not {T}")
    r_, w_, k_, v_, a_, b_ = (_chunks(x) for x in (r, w, k, v, a, b))
    log_decay = torch.cumsum(torch.log(w_), dim=-2)  # (B, H, C, 16, N), log W_t
    decay = torch.exp(log_decay)
    before = torch.exp(log_decay - torch.log(w_))  # W_{t-1}
    inverse = torch.exp(-log_decay)
    a_in, r_in = a_ * before, r_ * decay
    k_out, b_out = k_ * inverse, b_ * inverse
    ones = torch.ones(CHUNK, CHUNK, dtype=torch.bool, device=r.device)
    strict, full = torch.tril(ones, -1), torch.tril(ones)
    ab = (a_in @ b_out.mT).masked_fill(~strict, 0.0)
    ak = (a_in @ k_out.mT).masked_fill(~strict, 0.0)
    rb = (r_in @ b_out.mT).masked_fill(~full, 0.0)
    rk = (r_in @ k_out.mT).masked_fill(~full, 0.0)
    eye = torch.eye(CHUNK, device=r.device, dtype=r.dtype)
    solved = torch.linalg.solve_triangular(eye - ab, torch.cat([a_in, ak @ v_], dim=-1), upper=False)
    from_state, from_chunk = solved.split([N, N], dim=-1)  # removed rows = from_state @ S^T + from_chunk
    last = decay[..., -1:, :]  # (B, H, C, 1, N)
    k_end, b_end = k_out * last, b_out * last
    outputs = []
    for c in range(T // CHUNK):
        removed = from_state[:, :, c] @ state.mT + from_chunk[:, :, c]  # (B, H, 16, N): S_{t-1} a_t
        y = r_in[:, :, c] @ state.mT + rb[:, :, c] @ removed + rk[:, :, c] @ v_[:, :, c]
        state = state * last[:, :, c] + removed.mT @ b_end[:, :, c] + v_[:, :, c].mT @ k_end[:, :, c]
        outputs.append(y)
    return torch.stack(outputs, dim=2).permute(0, 2, 3, 1, 4).reshape(B, T, H, N), state
