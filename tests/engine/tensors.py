"""Torch tensors in place of numpy arrays: tests compare with the formulas in torch."""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from bot.engine.arrays import as_tensor, host_array
from bot.engine.linear import Matrix, Products
from bot.engine.quantization import Quantized
from bot.engine.state import RowState, State


def forward(
    model: Any, tokens: Tensor, lengths: Sequence[int], state: State, slots: Sequence[int], *, full_output: bool = False
) -> Tensor:
    """Run a forward pass of any model."""
    return as_tensor(model.forward(tokens, lengths, state, slots, full_output=full_output))


def tensors_of(row: RowState | State) -> dict[str, Tensor]:
    return {name: as_tensor(numbers) for name, numbers in row.tensors.items()}


class Group:
    """The CPU's grouped matrix products, on tensors."""

    def __init__(self, matrices: Sequence[Matrix[Tensor] | Matrix[Quantized]], precision: str) -> None:
        packed = [Matrix(_host(one.weight), one.source, one.column, one.activation) for one in matrices]
        self.products = Products(packed, precision)
        self.nbytes, self.columns = self.products.nbytes, self.products.columns

    def __call__(self, x: Tensor) -> Tensor:
        return torch.from_numpy(self.products(x.numpy()))


class Single(Group):
    """A single matrix product, on tensors."""

    def __init__(self, weight: Tensor | Quantized, precision: str) -> None:
        super().__init__([Matrix(weight)], precision)  # type: ignore[list-item]  # either

    def __call__(self, x: Tensor) -> Tensor:
        return super().__call__(x[None])


def _host(weight: Tensor | Quantized) -> Any:
    return weight if isinstance(weight, Quantized) else host_array(weight)
