"""Matrix products with the weights in the precision they are kept in."""

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor

from bot.engine.kernels import packing, products
from bot.engine.kernels.packing import NONE, SIGMOID, SQUARED_RELU, TANH, Matrix, Packed, pack
from bot.engine.quantization import Quantized, quantize

__all__ = ["NONE", "SIGMOID", "SQUARED_RELU", "TANH", "Linear", "Matrix", "Products"]

DTYPES = {"fp32": torch.float32, "bf16": torch.bfloat16, "fp16": torch.float16}


class Products:
    """Several products whose results stand side by side: ``activation(x[source] @ weight.T)`` for each matrix.

    On the CPU one pass over all the weights, on the threads that are set; elsewhere one product after another.
    """

    __slots__ = ("arrays", "columns", "matrices", "packed", "precision")

    def __init__(self, matrices: Sequence[Matrix], precision: str) -> None:
        self.precision = precision
        self.columns = sum(matrix.weight.shape[0] for matrix in matrices)
        self.packed: Packed | None = None
        self.matrices: list[_Kept] = []
        if matrices[0].weight.device.type == "cpu":
            self.packed = packed = pack(matrices, precision)
            arrays = (packed.weights.numpy(), packed.scales.numpy(), packed.pairs, packed.table.numpy())
            self.arrays = (*arrays, self.columns)  # as the kernels take them
        else:
            self.matrices = [_Kept(matrix, precision) for matrix in matrices]

    @property
    def nbytes(self) -> int:
        """Bytes of the weights as they are kept."""
        if self.packed is not None:
            return self.packed.weights.nbytes + self.packed.scales.nbytes
        return sum(kept.weight.nbytes for kept in self.matrices)

    def __call__(self, x: Tensor) -> Tensor:
        """(sources, T, in) -> (T, columns), in the type of ``x``; float32 sums."""
        if self.packed is None:
            return torch.cat([kept(x) for kept in self.matrices], 1)
        out = torch.empty(x.shape[1], self.columns)
        weights, scales, pairs, table, _ = self.arrays
        multiply = products.multiply_int8 if self.precision == "int8" else products.multiply
        multiply(x.contiguous().float().numpy(), weights, scales, pairs, table, out.numpy())
        return out.to(x.dtype)


class Linear:
    """``x @ weight.T`` for ``weight`` (out, in) kept as ``precision``; the result has the type of ``x``."""

    __slots__ = ("products",)

    def __init__(self, weight: Tensor | Quantized, precision: str, activation: int = NONE) -> None:
        self.products = Products([Matrix(weight, activation=activation)], precision)

    @property
    def nbytes(self) -> int:
        """Bytes of the weight as it is kept."""
        return self.products.nbytes

    def __call__(self, x: Tensor) -> Tensor:
        """(T, in) -> (T, out)."""
        return self.products(x.unsqueeze(0))


class _Kept:
    """One matrix of a group on a device where torch multiplies."""

    __slots__ = ("activation", "source", "weight", "window")

    def __init__(self, matrix: Matrix, precision: str) -> None:
        self.source = matrix.source
        self.window = slice(matrix.column, matrix.column + matrix.weight.shape[1])
        self.activation = matrix.activation
        weight = matrix.weight
        self.weight: Tensor | Quantized
        if precision == "int8":
            self.weight = weight if isinstance(weight, Quantized) else quantize(weight)
        else:
            exact = weight.dequantize() if isinstance(weight, Quantized) else weight
            self.weight = exact.to(DTYPES[precision]).contiguous()

    def __call__(self, x: Tensor) -> Tensor:
        """(sources, T, channels) -> (T, out)."""
        weight = self.weight.dequantize().to(x.dtype) if isinstance(self.weight, Quantized) else self.weight
        y = F.linear(x[self.source, :, self.window].to(weight.dtype), weight).to(x.dtype)
        match self.activation:
            case packing.SQUARED_RELU:
                return torch.relu(y) ** 2
            case packing.TANH:
                return torch.tanh(y)
            case packing.SIGMOID:
                return torch.sigmoid(y)
        return y
