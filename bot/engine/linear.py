"""Matrix products with the weights in the precision they are kept in."""

from collections.abc import Sequence

import torch
from torch import Tensor

from bot.engine.kernels import products
from bot.engine.kernels.packing import NONE, SIGMOID, SQUARED_RELU, TANH, Matrix, pack
from bot.engine.quantization import Quantized

__all__ = ["NONE", "SIGMOID", "SQUARED_RELU", "TANH", "Linear", "Matrix", "Products"]

DTYPES = {"fp32": torch.float32, "bf16": torch.bfloat16, "fp16": torch.float16}


class Products:
    """Several products whose results stand side by side: ``activation(x[source] @ weight.T)`` for each matrix.

    One pass over all the weights, on the CPU's threads that are set; other devices have forms of their own.
    """

    __slots__ = ("arrays", "columns", "packed", "precision")

    def __init__(self, matrices: Sequence[Matrix], precision: str) -> None:
        self.precision = precision
        self.columns = sum(matrix.weight.shape[0] for matrix in matrices)
        self.packed = packed = pack(matrices, precision)
        arrays = (packed.weights.numpy(), packed.scales.numpy(), packed.pairs, packed.table.numpy())
        self.arrays = (*arrays, self.columns)  # as the kernels take them

    @property
    def nbytes(self) -> int:
        """Bytes of the weights as they are kept."""
        return self.packed.weights.nbytes + self.packed.scales.nbytes

    def __call__(self, x: Tensor) -> Tensor:
        """(sources, T, in) -> (T, columns), in the type of ``x``; float32 sums."""
        out = torch.empty(x.shape[1], self.columns)
        weights, scales, pairs, table, _ = self.arrays
        multiply = products.multiply_int8 if self.precision == "int8" else products.multiply
        multiply(x.contiguous().float().numpy(), weights, scales, pairs, table, out.numpy())
        return out.to(x.dtype)


class Linear:
    """``x @ weight.T`` for ``weight`` (out, in) kept as ``precision``; the result has the type of ``x``."""

    __slots__ = ("products",)

    def __init__(
        self, weight: Tensor | Quantized, precision: str, activation: int = NONE, form: type[Products] = Products
    ) -> None:
        """``form`` multiplies on the weight's device."""
        self.products = form([Matrix(weight, activation=activation)], precision)

    @property
    def nbytes(self) -> int:
        """Bytes of the weight as it is kept."""
        return self.products.nbytes

    def __call__(self, x: Tensor) -> Tensor:
        """(T, in) -> (T, out)."""
        return self.products(x.unsqueeze(0))
