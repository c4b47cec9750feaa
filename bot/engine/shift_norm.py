"""Layer norm, and the start of every mixing (residual, norm and token shift), on torch tensors."""

import torch.nn.functional as F
from torch import Tensor

from bot.engine.rows import Rows

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

    Each input blends the token's normed ``y`` with that of the row's previous token: y + (y_before - y) * mix.
    """

    __slots__ = ("mixes", "norm")

    def __init__(self, norm: Norm, mixes: Tensor) -> None:
        """``mixes`` (M, D), one row for each input."""
        self.norm = norm
        self.mixes = mixes.contiguous()

    def __call__(self, x: Tensor, delta: Tensor, previous: Tensor, rows: Rows) -> Tensor:
        """Add ``delta`` to the residual ``x`` (T, D) in place; return the inputs (M, T, D).

        ``previous`` (slots, D) contains each slot's last ``y`` and is advanced in place.
        """
        y = self.norm(x.add_(delta))
        return y + (rows.shift(y, previous) - y) * self.mixes.unsqueeze(1)
