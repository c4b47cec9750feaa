"""Parameter groups as RWKV-7 trains them, and the learning-rate schedule."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from training.model import Network


def _is_matrix(name: str) -> bool:
    """The large products of a block: the only parameters with weight decay."""
    return name.startswith("blocks/") and name.endswith(("receptance/weight", "key/weight", "value/weight", "output/weight"))


def orthogonalise(matrices: Tensor, steps: int = 5) -> Tensor:
    """Return the nearest half-orthogonal matrices to (K, rows, columns) by a quintic Newton-Schulz iteration.

    The coefficients are those of Jordan et al. (2024): singular values end between 0.7 and 1.2. Float32, since bfloat16
    products are slow on CPUs without AVX-512.
    """
    x = matrices / (matrices.norm(dim=(-2, -1), keepdim=True) + 1e-7)
    tall = x.shape[-2] > x.shape[-1]
    x = x.mT if tall else x
    for _ in range(steps):
        gram = x @ x.mT
        x = 3.4445 * x + (-4.7750 * gram + 2.0315 * gram @ gram) @ x
    return x.mT if tall else x


class Muon(torch.optim.Optimizer):
    """Momentum whose every step is orthogonalised (Jordan et al., 2024), scaled to the size of AdamW's steps."""

    def __init__(self, parameters: list[nn.Parameter], lr: float, momentum: float = 0.95, decay: float = 0.05) -> None:
        """Take matrices only."""
        super().__init__(parameters, {"lr": lr, "momentum": momentum, "decay": decay})

    @torch.no_grad()
    def step(self, closure: None = None) -> None:  # type: ignore[override]  # no closure is ever passed
        """Update all matrices; those of one shape are orthogonalised together."""
        for group in self.param_groups:
            shapes: dict[torch.Size, list[nn.Parameter]] = {}
            for p in group["params"]:
                if p.grad is not None:
                    shapes.setdefault(p.shape, []).append(p)
            for shape, same in shapes.items():
                updates = [self._momentum(p, group["momentum"]) for p in same]
                scale = 0.2 * max(shape) ** 0.5  # the root mean square of an AdamW step is about 0.2
                for p, update in zip(same, orthogonalise(torch.stack(updates)), strict=True):
                    p.mul_(1 - group["lr"] * group["decay"]).add_(update, alpha=-group["lr"] * scale)

    def _momentum(self, p: nn.Parameter, momentum: float) -> Tensor:
        buffer = self.state[p].setdefault("momentum", torch.zeros_like(p))
        gradient = p.grad
        assert gradient is not None
        buffer.lerp_(gradient, 1 - momentum)
        return gradient.lerp(buffer, momentum)


class Optimizer:
    """Muon on the blocks' matrices, AdamW on all else; w0 learns at twice the rate, vectors do not decay.

    Muon (Jordan et al., 2024) orthogonalises the momentum of a matrix; it needs about half as many tokens here as
    AdamW does for the same loss (`muon=False` gives plain AdamW).
    """

    def __init__(self, network: Network, rate: float, matrix_rate: float, muon: bool = True) -> None:
        """Sort the parameters into groups. `rate` is AdamW's peak, `matrix_rate` Muon's."""
        matrices: list[nn.Parameter] = []
        doubled: list[nn.Parameter] = []
        others: list[nn.Parameter] = []
        for name, parameter in network.table.items():
            chosen = matrices if _is_matrix(name) else doubled if name.endswith("att/w0") else others
            chosen.append(parameter)
        groups = [{"params": others, "lr": rate}, {"params": doubled, "lr": 2 * rate}]
        if not muon:
            groups.append({"params": matrices, "lr": rate, "weight_decay": 0.1})
        self.adam = torch.optim.AdamW(groups, betas=(0.9, 0.97), eps=1e-12, weight_decay=0.0)
        self.parts: list[torch.optim.Optimizer] = [self.adam]
        if muon:
            self.parts.append(Muon(matrices, matrix_rate))
        self.peaks = [[group["lr"] for group in part.param_groups] for part in self.parts]
        self.parameters = [*matrices, *doubled, *others]

    def step(self, factor: float) -> float:
        """Clip the gradients, step at `factor` times the peak rates and clear; return the gradient's norm."""
        norm = nn.utils.clip_grad_norm_(self.parameters, 1.0)
        for part, peaks in zip(self.parts, self.peaks, strict=True):
            for group, peak in zip(part.param_groups, peaks, strict=True):
                group["lr"] = peak * factor
            part.step()
            part.zero_grad(set_to_none=True)
        return float(norm)

    def state(self) -> list[dict[str, object]]:
        """Return what `load` needs."""
        return [part.state_dict() for part in self.parts]

    def load(self, state: list[dict[str, object]]) -> None:
        """Go on from a saved state."""
        for part, saved in zip(self.parts, state, strict=True):
            part.load_state_dict(saved)


def schedule(done: float, warmup: float = 0.02, last: float = 0.05) -> float:
    """Return the factor on the peak rate after the share `done` of the run: a short rise, then a cosine fall."""
    if done < warmup:
        return max(done / warmup, 0.02)
    return last + (1 - last) * 0.5 * (1 + math.cos(math.pi * min(1.0, (done - warmup) / (1 - warmup))))


