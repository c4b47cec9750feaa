"""Matrix products with the weights in the precision they are kept in."""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from bot.engine.kernels.packing import NONE, SIGMOID, SQUARED_RELU, TANH, Matrix, pack
from bot.engine.kernels.products import PRODUCT_PHASES, Stack, product_alone
from bot.engine.kernels.scratch import rounding_scratch
from bot.engine.kernels.threads import team
from bot.engine.quantization import Quantized

__all__ = ["NONE", "SIGMOID", "SQUARED_RELU", "TANH", "Linear", "Matrix", "Products"]

LEAST_WORK = 1 << 18  # weights times rows of a product that is worth waking a second thread for, 15 microseconds
DTYPES = {"fp32": torch.float32, "bf16": torch.bfloat16, "fp16": torch.float16}


class Products:
    """Several products whose results stand side by side: ``activation(x[source] @ weight.T)`` for each matrix.

    One pass over all the weights, on the CPU's threads that are set; other devices have forms of their own.
    """

    __slots__ = ("columns", "packed", "precision", "product")

    def __init__(self, matrices: Sequence[Matrix], precision: str) -> None:
        self.precision = precision
        self.columns = sum(matrix.weight.shape[0] for matrix in matrices)
        self.packed = packed = pack(matrices, precision)
        kept = np.empty(0, packed.weights.numpy().dtype)
        self.product = (kept, packed.pairs, packed.table.numpy())  # as the kernels take it

    @property
    def nbytes(self) -> int:
        """Bytes of the weights as they are kept."""
        return self.packed.weights.nbytes + self.packed.scales.nbytes

    def __call__(self, x: Tensor) -> Tensor:
        """(sources, T, in) -> (T, columns), in the type of ``x``; float32 sums."""
        out = torch.empty(x.shape[1], self.columns)
        rounding = rounding_scratch(self.precision, x.numel(), x.shape[0] * x.shape[1])
        arguments = (x.contiguous().float().numpy(), self.product, rounding, out.numpy())
        alone = self.packed.weights.numel() * x.shape[1] < LEAST_WORK
        team().run(product_alone, PRODUCT_PHASES, *arguments, alone=alone)
        return out.to(x.dtype)


def stacked(layers: Sequence[Products]) -> Stack:
    """The products of all layers, for a kernel that computes them all."""
    kept, pairs, _ = layers[0].product
    tables = [layer.product[2] for layer in layers]
    firsts = np.cumsum([0, *(len(table) for table in tables)])
    return Stack(kept, pairs, np.concatenate(tables), firsts)


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
