"""A model file's tensors as the CPU's kernels take them, with the bytes counted."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from bot.engine.arrays import AnyArray, Array, host_array
from bot.engine.linear import NONE, HostMatrix, Matrix, Products
from bot.engine.placement import Placement
from bot.engine.quantization import SCALES, Quantized

Floats = NDArray[np.float32]


class CpuWeights:
    """Hands out vectors as float32 and matrices packed; ``nbytes`` grows by what was handed out.

    ``packed`` keeps the matrices: the kernels know only their addresses.
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
        """Several of them, one below another."""
        return np.stack([self.vector(name) for name in names])

    def norm(self, name: str) -> tuple[Floats, Floats]:
        """Weight and bias of the layer norm of this name."""
        return self.vector(f"{name}.weight"), self.vector(f"{name}.bias")

    def table(self, name: str) -> Array:
        """A table that tokens look up, in the file's type: it stays mapped from the disk."""
        return self._counted(self._host(name))

    def bonus(self, prefix: str) -> Floats:
        """RWKV-5 and 6: the current token's weight. Older files keep its logarithm as time_first."""
        if prefix + "time_faaaa" in self:
            return self.vector(prefix + "time_faaaa")
        return np.exp(self.vector(prefix + "time_first"))

    def products(self, sources: Mapping[str, int], activations: Mapping[str, int] | None = None) -> Products:
        """Products side by side, in this order: for each matrix which of the inputs it multiplies."""
        done = activations or {}
        matrices: list[HostMatrix] = [
            Matrix(self._stored(name), source, 0, done.get(name, NONE)) for name, source in sources.items()
        ]
        return self._packed(matrices, self.placement.precision)

    def product(self, name: str, activation: int = NONE) -> Products:
        """One matrix (out, in)."""
        return self.products({name: 0}, {name: activation})

    def compress(self, sources: Mapping[str, int], activations: Mapping[str, int] | None = None) -> Products:
        """The first matrices of low-rank products: stored (in, rank) and never quantised."""
        done = activations or {}
        matrices: list[HostMatrix] = [
            Matrix(self._host(name).T, source, 0, done.get(name, NONE)) for name, source in sources.items()
        ]
        return self._packed(matrices, self.placement.small)

    def expand(self, stored: Sequence[str | Array]) -> Products:
        """The second matrices, stored (rank, out): each takes its own columns of what the first ones give."""
        matrices: list[HostMatrix] = []
        column = 0
        for one in stored:
            weight = (self._host(one) if isinstance(one, str) else one).T
            matrices.append(Matrix(weight, 0, column))
            column += weight.shape[1]
        return self._packed(matrices, self.placement.small)

    def parts(self, name: str) -> Sequence[Array]:
        """The matrices of a tensor that holds several, (count, rank, out)."""
        return list(self._host(name))

    def _packed(self, matrices: Sequence[HostMatrix], precision: str) -> Products:
        products = Products(matrices, precision)
        self.nbytes += products.nbytes
        self.packed.append(products)
        return products

    def _stored(self, name: str) -> Array | Quantized:
        """A matrix as it is in the file; one that is stored as int8 is only kept so for int8."""
        weight = self._host(name)
        if weight.dtype != np.int8:
            return weight
        quantized = Quantized(weight.view(np.int8), self._host(name + SCALES).astype(np.float32))
        return quantized if self.placement.precision == "int8" else quantized.dequantize()
