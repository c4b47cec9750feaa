"""A model file's tensors in the form that the CPU kernels take."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from bot.engine.arrays import AnyArray, Array, host_array
from bot.engine.linear import NONE, HostMatrix, Matrix, Products
from bot.engine.placement import Placement
from bot.engine.precisions import EIGHT_BITS
from bot.engine.quantization import SCALES, Quantized

Floats = NDArray[np.float32]


class CpuWeights:
    """Provides vectors as float32 and matrices packed; ``nbytes`` counts everything provided so far.

    ``packed`` keeps the matrices alive: the kernels only have their addresses.
    """

    def __init__(self, tensors: Mapping[str, AnyArray], placement: Placement) -> None:
        self.placement = placement
        self.nbytes = 0
        self.packed: list[Products] = []
        self._tensors = tensors

    def __contains__(self, name: str) -> bool:
        return name in self._tensors

    def _counted(self, numbers: Array) -> Array:
        self.nbytes += numbers.nbytes
        return numbers

    def _host(self, name: str) -> Array:
        return host_array(self._tensors[name])

    def vector(self, name: str) -> Floats:
        """(D,) float32."""
        return np.asarray(self._counted(self._host(name).astype(np.float32).reshape(-1)), np.float32)

    def vectors(self, names: Sequence[str]) -> Floats:
        """Stack several vectors."""
        return np.stack([self.vector(name) for name in names])

    def norm(self, name: str) -> tuple[Floats, Floats]:
        """Return weight and bias of the layer norm of this name."""
        return self.vector(f"{name}.weight"), self.vector(f"{name}.bias")

    def table(self, name: str) -> Array:
        """Return a lookup table in the file's type; it stays mapped from disk."""
        return self._counted(self._host(name))

    def bonus(self, prefix: str) -> Floats:
        """RWKV-5 and 6: the current token's weight. Older files store its logarithm as time_first."""
        if prefix + "time_faaaa" in self:
            return self.vector(prefix + "time_faaaa")
        return np.exp(self.vector(prefix + "time_first"))

    def products(self, sources: Mapping[str, int], activations: Mapping[str, int] | None = None) -> Products:
        """Return a group of products, in this order; ``sources`` maps each matrix to the input it multiplies."""
        done = activations or {}
        matrices: list[HostMatrix] = [
            Matrix(self._stored(name), source, 0, done.get(name, NONE)) for name, source in sources.items()
        ]
        return self._packed(matrices, self.placement.precision)

    def product(self, name: str, activation: int = NONE) -> Products:
        """Return the product with one matrix (out, in)."""
        return self.products({name: 0}, {name: activation})

    def compress(self, sources: Mapping[str, int], activations: Mapping[str, int] | None = None) -> Products:
        """Return the first matrices of low-rank products, stored (in, rank) and never quantised."""
        done = activations or {}
        matrices: list[HostMatrix] = [
            Matrix(self._host(name).T, source, 0, done.get(name, NONE)) for name, source in sources.items()
        ]
        return self._packed(matrices, self.placement.small)

    def expand(self, stored: Sequence[str | Array]) -> Products:
        """Return the second matrices, stored (rank, out); each reads its own columns of the first ones' output."""
        matrices: list[HostMatrix] = []
        column = 0
        for one in stored:
            weight = (self._host(one) if isinstance(one, str) else one).T
            matrices.append(Matrix(weight, 0, column))
            column += weight.shape[1]
        return self._packed(matrices, self.placement.small)

    def parts(self, name: str) -> Sequence[Array]:
        """Split a tensor of several matrices, (count, rank, out)."""
        return list(self._host(name))

    def _packed(self, matrices: Sequence[HostMatrix], precision: str) -> Products:
        products = Products(matrices, precision)
        self.nbytes += products.nbytes
        self.packed.append(products)
        return products

    def _stored(self, name: str) -> Array | Quantized:
        """Return a matrix as stored; int8 is dequantised unless 8 bits were requested."""
        weight = self._host(name)
        if weight.dtype != np.int8:
            return weight
        quantized = Quantized(weight.view(np.int8), self._host(name + SCALES).astype(np.float32))
        return quantized if self.placement.precision in EIGHT_BITS else quantized.dequantize()
