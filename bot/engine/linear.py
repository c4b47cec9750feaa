"""Matrix products with the weights in the precision they are kept in."""

import torch
import torch.nn.functional as F
from torch import Tensor

DTYPES = {"fp32": torch.float32, "bf16": torch.bfloat16, "fp16": torch.float16}


class Linear:
    """``x @ weight.T`` for ``weight`` (out, in) kept as ``precision``; the result has the type of ``x``."""

    __slots__ = ("weight",)

    def __init__(self, weight: Tensor, precision: str) -> None:
        self.weight = weight.to(DTYPES[precision]).contiguous()

    @property
    def nbytes(self) -> int:
        """Bytes of the weight as it is kept."""
        return self.weight.nbytes

    def __call__(self, x: Tensor) -> Tensor:
        """(T, in) -> (T, out)."""
        return F.linear(x.to(self.weight.dtype), self.weight).to(x.dtype)
