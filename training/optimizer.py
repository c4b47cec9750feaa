"""AdamW with the parameter groups of RWKV-7's official training, and the learning-rate schedule."""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import nn

from training.model import Network


def _is_matrix(name: str) -> bool:
    """Whether it is one of a block's large matrices: the only parameters with weight decay."""
    return name.startswith("blocks/") and name.endswith(
        ("receptance/weight", "key/weight", "value/weight", "output/weight")
    )


EMBEDDING_EPS = 3e-5
"""Adam's epsilon for the embedding, which is the head as well.

A token that a batch does not hold has a gradient of about 1e-6 (from the softmax), one that it holds of 1e-4 and more.
Without this, Adam takes both at full step, and all rare tokens are driven in one direction until nothing tells them
apart.
"""


class Optimizer:
    """AdamW: w0 learns at twice the rate, matrices decay, vectors and the embedding do not."""

    def __init__(self, network: Network, rate: float) -> None:
        """Sort the parameters into groups; `rate` is the peak learning rate."""
        matrices: list[nn.Parameter] = []
        doubled: list[nn.Parameter] = []
        others: list[nn.Parameter] = []
        embedding = [network.table["emb/weight"]]
        for name, parameter in network.table.items():
            if parameter is not embedding[0]:
                chosen = matrices if _is_matrix(name) else doubled if name.endswith("att/w0") else others
                chosen.append(parameter)
        groups = [
            {"params": others, "lr": rate},
            {"params": doubled, "lr": 2 * rate},
            {"params": matrices, "lr": rate, "weight_decay": 0.1},
            {"params": embedding, "lr": rate, "eps": EMBEDDING_EPS},
        ]
        self.adam = torch.optim.AdamW(groups, betas=(0.9, 0.97), eps=1e-12, weight_decay=0.0, fused=True)
        self.peaks = [rate, 2 * rate, rate, rate]
        self.parameters = [*matrices, *doubled, *others, *embedding]

    def step(self, factor: float) -> float:
        """Clip the gradients, step at `factor` times the peak rates and clear them; return the gradient norm.

        Raises:
            FloatingPointError: a gradient is not a number; nothing was changed.

        """
        norm = float(nn.utils.clip_grad_norm_(self.parameters, 1.0))
        if not math.isfinite(norm):
            raise FloatingPointError(f"the gradient's norm is {norm}; the last checkpoint is unaffected")
        for group, peak in zip(self.adam.param_groups, self.peaks, strict=True):
            group["lr"] = peak * factor
        self.adam.step()
        self.adam.zero_grad(set_to_none=True)
        return norm

    def state(self) -> dict[str, Any]:
        """Return what `load` needs."""
        return self.adam.state_dict()

    def load(self, state: dict[str, Any]) -> None:
        """Resume from a saved state."""
        self.adam.load_state_dict(state)


def schedule(done: float, warmup: float = 0.01, last: float = 0.05) -> float:
    """Return the factor on the peak rate after the fraction `done` of a run: a short warm-up, then cosine decay."""
    if done < warmup:
        return max(done / warmup, 0.02)
    return last + (1 - last) * 0.5 * (1 + math.cos(math.pi * min(1.0, (done - warmup) / (1 - warmup))))
