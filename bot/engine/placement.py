"""The device and the types of a model's numbers, and which kernels compute."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from bot.engine.precisions import EIGHT_BITS

if TYPE_CHECKING:
    from torch import Tensor

Kernels = Literal["numba", "triton", "torch"]

HALVE_EVERY = 6  # layers


@dataclass(frozen=True, slots=True)
class Placement:
    """The device and the types of a model's numbers."""

    device: str  # "cpu", "cuda:0" ...
    precision: str  # of the matrices: fp32, bf16, fp16, int8, w8a8
    activation: str  # precision of the activations between the layers
    state: str  # precision of the matrix state
    kernels: Kernels = "numba"  # our CPU kernels, our GPU kernels, or plain torch on either

    @property
    def small(self) -> str:
        """Precision of the small matrices and the embedding, which are not quantised."""
        if self.precision not in EIGHT_BITS:
            return self.precision
        return "fp16" if self.activation == "fp16" else "bf16"

    def rescale(self, layer: int) -> float:
        """Return the factor for the products of ``layer`` that are added to the residual.

        Versions 4 to 6 overflow float16, so the residual, and everything added to it, is halved every six layers. The
        layer norms undo the factor.
        """
        return 0.5 ** (layer // HALVE_EVERY) if self.activation == "fp16" else 1.0

    def halve(self, x: "Tensor", layer: int) -> "Tensor":
        """Halve the residual after ``layer`` in place, if :meth:`rescale` of the next layer is smaller."""
        return x.mul_(0.5) if self.rescale(layer + 1) != self.rescale(layer) else x

    @property
    def fused(self) -> bool:
        """Whether the CPU kernels compute everything between the matrix products."""
        return self.kernels == "numba" and self.activation == self.state == "fp32"
