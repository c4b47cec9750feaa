"""Matrix products with torch, one after another: for devices without kernels of our own."""

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor

from bot.engine.kernels import packing
from bot.engine.kernels.packing import NONE, Matrix
from bot.engine.precisions import EIGHT_BITS
from bot.engine.quantization import QuantizedTensor, quantize_tensor

DTYPES = {"fp32": torch.float32, "bf16": torch.bfloat16, "fp16": torch.float16}
Weight = Tensor | QuantizedTensor
TensorMatrix = Matrix[Weight]


def kept(weight: Weight, precision: str) -> Weight:
    """Convert a matrix (out, in) to its storage type."""
    if precision in EIGHT_BITS:
        return weight if isinstance(weight, QuantizedTensor) else quantize_tensor(weight)
    exact = weight.dequantize() if isinstance(weight, QuantizedTensor) else weight
    return exact.to(DTYPES[precision]).contiguous()


class Part:
    """One matrix of a group."""

    __slots__ = ("activation", "rounds", "source", "weight", "window")

    def __init__(self, matrix: TensorMatrix, weight: Weight, *, rounds: bool) -> None:
        """``weight`` is the matrix's weight as converted by :func:`kept`; ``rounds``: round its input to 8 bits."""
        self.source = matrix.source
        self.window = slice(matrix.column, matrix.column + matrix.weight.shape[1])
        self.activation = matrix.activation
        self.weight = weight
        self.rounds = rounds

    def __call__(self, x: Tensor) -> Tensor:
        """(sources, T, channels) -> (T, out)."""
        weight = self.weight.dequantize().to(x.dtype) if isinstance(self.weight, QuantizedTensor) else self.weight
        read = x[self.source, :, self.window].to(weight.dtype)
        if self.rounds:
            read = quantize_tensor(read).dequantize()
        y = F.linear(read, weight).to(x.dtype)
        match self.activation:
            case packing.SQUARED_RELU:
                return torch.relu(y) ** 2
            case packing.TANH:
                return torch.tanh(y)
            case packing.SIGMOID:
                return torch.sigmoid(y)
        return y


class UnpackedProducts:
    """Like :class:`bot.engine.linear.Products`, with each matrix multiplied separately."""

    __slots__ = ("columns", "parts", "precision")

    def __init__(self, matrices: Sequence[TensorMatrix], precision: str) -> None:
        self.precision = precision
        self.columns = sum(matrix.weight.shape[0] for matrix in matrices)
        self.parts = [Part(matrix, kept(matrix.weight, precision), rounds=precision == "w8a8") for matrix in matrices]

    @property
    def nbytes(self) -> int:
        """Size of the stored weights, in bytes."""
        return sum(part.weight.nbytes for part in self.parts)

    def __call__(self, x: Tensor) -> Tensor:
        """(sources, T, in) -> (T, columns), in the type of ``x``; float32 sums."""
        return torch.cat([part(x) for part in self.parts], 1)


class Linear:
    """``x @ weight.T`` for ``weight`` (out, in) stored as ``precision``; the result has the type of ``x``."""

    __slots__ = ("products",)

    def __init__(
        self, weight: Weight, precision: str, activation: int = NONE, form: type[UnpackedProducts] = UnpackedProducts
    ) -> None:
        """``form`` multiplies on the weight's device."""
        self.products = form([Matrix(weight, activation=activation)], precision)

    @property
    def nbytes(self) -> int:
        """Size of the stored weight, in bytes."""
        return self.products.nbytes

    def __call__(self, x: Tensor) -> Tensor:
        """(T, in) -> (T, out)."""
        return self.products(x.unsqueeze(0))
