"""Matrix products on the CPU, with the weights in their storage precision."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from bot.engine.arrays import Array
from bot.engine.kernels.packing import NONE, SIGMOID, SQUARED_RELU, TANH, Matrix, pack
from bot.engine.kernels.products import PRODUCT_PHASES, Stack, product_alone
from bot.engine.kernels.scratch import rounding_scratch
from bot.engine.kernels.threads import team
from bot.engine.quantization import Quantized

__all__ = ["NONE", "SIGMOID", "SQUARED_RELU", "TANH", "Matrix", "Products", "stacked"]

Floats = NDArray[np.float32]
HostMatrix = Matrix[Array | Quantized]

MIN_PARALLEL_WORK = (
    1 << 18
)  # weights times rows of a product that is worth waking a second thread for (15 microseconds)


class Products:
    """Several products with their results side by side: ``activation(x[source] @ weight.T)`` for each matrix.

    Makes one pass over all the weights, on the configured CPU threads.
    """

    __slots__ = ("columns", "packed", "precision", "product")

    def __init__(self, matrices: Sequence[HostMatrix], precision: str) -> None:
        self.precision = precision
        self.columns = sum(matrix.weight.shape[0] for matrix in matrices)
        self.packed = packed = pack(matrices, precision)
        self.product = (np.empty(0, packed.weights.dtype), packed.pairs, packed.table)  # as the kernels take it

    @property
    def nbytes(self) -> int:
        """Size of the stored weights, in bytes."""
        return self.packed.weights.nbytes + self.packed.scales.nbytes

    def __call__(self, x: Floats) -> Floats:
        """(sources, T, in) -> (T, columns)."""
        out = np.empty((x.shape[1], self.columns), np.float32)
        rounding = rounding_scratch(self.precision, x.size, x.shape[0] * x.shape[1])
        arguments = (np.ascontiguousarray(x, np.float32), self.product, rounding, out)
        alone = self.packed.weights.size * x.shape[1] < MIN_PARALLEL_WORK
        team().run(product_alone, PRODUCT_PHASES, *arguments, alone=alone)
        return out


def stacked(layers: Sequence[Products]) -> Stack:
    """Combine the products of all layers, for a kernel that computes the whole model."""
    kept, pairs, _ = layers[0].product
    tables = [layer.product[2] for layer in layers]
    firsts = np.cumsum([0, *(len(table) for table in tables)])
    return Stack(kept, pairs, np.concatenate(tables), firsts)
