"""Weights as 8-bit integers, with one scale for each group of neighbours in a row."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from torch import Tensor

GROUP = 64  # input channels that share a scale

SCALES = ".scale"  # suffix of the tensor with the scales of an int8 matrix in a file


@dataclass(frozen=True, slots=True)
class Quantized:
    """A matrix as integers and scales: ``values * scales``, each scale for ``in / groups`` neighbours."""

    values: NDArray[np.int8]  # (out, in)
    scales: NDArray[np.float32]  # (out, groups)

    @property
    def shape(self) -> tuple[int, ...]:
        """(out, in)."""
        return self.values.shape

    @property
    def nbytes(self) -> int:
        """Size of values and scales, in bytes."""
        return self.values.nbytes + self.scales.nbytes

    def dequantize(self) -> NDArray[np.float32]:
        """Return the float32 weights (out, in)."""
        out, channels = self.shape
        groups = self.values.reshape(out, self.scales.shape[1], -1).astype(np.float32) * self.scales[..., None]
        return groups.reshape(out, channels)


@dataclass(frozen=True, slots=True)
class QuantizedTensor:
    """Like :class:`Quantized`, with torch tensors on any device."""

    values: "Tensor"  # (out, in) int8
    scales: "Tensor"  # (out, groups) float32

    @property
    def shape(self) -> tuple[int, ...]:
        """(out, in)."""
        return tuple(self.values.shape)

    @property
    def nbytes(self) -> int:
        """Size of values and scales, in bytes."""
        return self.values.nbytes + self.scales.nbytes

    def dequantize(self) -> "Tensor":
        """Return the float32 weights (out, in)."""
        out, channels = self.values.shape
        groups = self.values.view(out, self.scales.shape[1], -1).float() * self.scales.unsqueeze(-1)
        return groups.view(out, channels)


def group_size(channels: int) -> int:
    """Channels that share a scale in a matrix with ``channels`` inputs: 64, or the largest power of two that fits."""
    return min(GROUP, channels & -channels)


def quantize(weight: NDArray[np.generic]) -> Quantized:
    """Quantise symmetrically, rounding to nearest, in groups of 64: ``weight`` (out, in) of any float type.

    The error of each weight is at most half its scale, which is the group's largest magnitude / 127.
    """
    out, channels = weight.shape
    groups = weight.astype(np.float32).reshape(out, -1, group_size(channels))
    scales = np.abs(groups).max(-1) / np.float32(127)
    divisor = np.where(scales > 0, scales, np.float32(1))
    return Quantized(np.rint(groups / divisor[..., None]).astype(np.int8).reshape(out, channels), scales)


def quantize_tensor(weight: "Tensor") -> QuantizedTensor:
    """Do the same as :func:`quantize`, on the tensor's device."""
    import torch

    out, channels = weight.shape
    groups = weight.float().reshape(out, -1, group_size(channels))
    scales = groups.abs().amax(-1) / 127
    divisor = torch.where(scales > 0, scales, torch.ones_like(scales))
    return QuantizedTensor(torch.round(groups / divisor.unsqueeze(-1)).to(torch.int8).view(out, channels), scales)
