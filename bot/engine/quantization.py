"""Weights as 8-bit integers, each group of neighbours in a row with a scale of its own."""

import torch
from torch import Tensor

GROUP = 64  # input channels that share a scale


def group_size(channels: int) -> int:
    """Channels that share a scale in a matrix with ``channels`` inputs: 64, or the largest power of two that fits."""
    return min(GROUP, channels & -channels)


def quantize(weight: Tensor) -> tuple[Tensor, Tensor]:
    """Symmetric, rounded to nearest: ``weight`` (out, in) -> int8 (out, in) and float32 scales (out, in / group).

    The error of each weight is at most half its scale, which is the group's largest magnitude / 127.
    """
    out, channels = weight.shape
    groups = weight.float().view(out, -1, group_size(channels))
    scales = groups.abs().amax(-1) / 127
    divisor = torch.where(scales > 0, scales, torch.ones_like(scales))
    return torch.round(groups / divisor.unsqueeze(-1)).to(torch.int8).view(out, channels), scales


def dequantize(weight: Tensor, scales: Tensor) -> Tensor:
    """The float32 weights (out, in) that ``weight`` and ``scales`` stand for."""
    out, channels = weight.shape
    groups = weight.view(out, scales.shape[1], -1).float() * scales.float().unsqueeze(-1)
    return groups.view(out, channels)
