"""Matrix products by torch, one after the other: for devices that no kernel of ours computes on."""

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor

from bot.engine.kernels import packing
from bot.engine.kernels.packing import Matrix
from bot.engine.linear import DTYPES, Products
from bot.engine.quantization import Quantized, quantize


def kept(weight: Tensor | Quantized, precision: str) -> Tensor | Quantized:
    """A matrix (out, in) in the type that it is kept in."""
    if precision == "int8":
        return weight if isinstance(weight, Quantized) else quantize(weight)
    exact = weight.dequantize() if isinstance(weight, Quantized) else weight
    return exact.to(DTYPES[precision]).contiguous()


class Part:
    """One matrix of a group."""

    __slots__ = ("activation", "source", "weight", "window")

    def __init__(self, matrix: Matrix, weight: Tensor | Quantized) -> None:
        """``weight`` is what :func:`kept` made of the matrix's."""
        self.source = matrix.source
        self.window = slice(matrix.column, matrix.column + matrix.weight.shape[1])
        self.activation = matrix.activation
        self.weight = weight

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


class UnpackedProducts(Products):
    """The same as :class:`bot.engine.linear.Products`, each matrix by itself."""

    __slots__ = ("parts",)

    def __init__(self, matrices: Sequence[Matrix], precision: str) -> None:
        self.precision = precision
        self.columns = sum(matrix.weight.shape[0] for matrix in matrices)
        self.parts = [Part(matrix, kept(matrix.weight, precision)) for matrix in matrices]

    @property
    def nbytes(self) -> int:
        """Bytes of the weights as they are kept."""
        return sum(part.weight.nbytes for part in self.parts)

    def __call__(self, x: Tensor) -> Tensor:
        """(sources, T, in) -> (T, columns), in the type of ``x``; float32 sums."""
        return torch.cat([part(x) for part in self.parts], 1)
