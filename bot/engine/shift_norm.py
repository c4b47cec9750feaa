"""Layer norm, and what begins every mixing: residual, norm and token shift."""

import numpy as np
import numpy.typing as npt
import torch
import torch.nn.functional as F
from torch import Tensor

from bot.engine.kernels.threads import team
from bot.engine.kernels.token_shift import SHIFT_PHASES, shift_alone
from bot.engine.rows import Rows

Floats = npt.NDArray[np.float32]

LEAST_NUMBERS = 1 << 15  # of a token shift that is worth waking a second thread for
EPS_NORM = 1e-5


class Norm:
    """Layer norm over the channels."""

    __slots__ = ("bias", "weight")

    def __init__(self, weight: Tensor, bias: Tensor) -> None:
        self.weight = weight
        self.bias = bias

    def __call__(self, x: Tensor) -> Tensor:
        """(T, D) -> (T, D)."""
        return F.layer_norm(x, self.weight.shape, self.weight, self.bias, EPS_NORM)


class ShiftNorm:
    """Residual, layer norm and token shift: the inputs of a mixing's matrix products.

    Each input lies between the token's normed ``y`` and that of the row's token before: y + (y_before - y) * mix.
    """

    __slots__ = ("fused", "mixes", "norm")

    def __init__(self, norm: Norm, mixes: Tensor, *, fused: bool) -> None:
        """``mixes`` (M, D), one row for each input."""
        self.norm = norm
        self.mixes = mixes.contiguous()
        self.fused = fused

    def arrays(self) -> tuple[Floats, Floats, Floats]:
        """Norm's weight and bias, and the mixes, for the CPU's kernels."""
        return self.norm.weight.numpy(), self.norm.bias.numpy(), self.mixes.numpy()

    def __call__(self, x: Tensor, delta: Tensor, previous: Tensor, rows: Rows) -> Tensor:
        """Add ``delta`` to the residual ``x`` (T, D), in place; returns the inputs (M, T, D).

        ``previous`` (slots, D) holds each slot's last ``y`` and is advanced in place.
        """
        if not self.fused:
            y = self.norm(x.add_(delta))
            return y + (rows.shift(y, previous) - y) * self.mixes.unsqueeze(1)
        mixed = torch.empty(len(self.mixes), *x.shape)
        arrays = (x.numpy(), delta.numpy(), self.arrays(), previous.numpy(), rows.arrays())
        alone = mixed.numel() < LEAST_NUMBERS
        team().run(shift_alone, SHIFT_PHASES, *arrays, np.empty_like(arrays[0]), mixed.numpy(), alone=alone)
        return mixed
