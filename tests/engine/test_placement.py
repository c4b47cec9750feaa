"""Devices and number formats, and how fp16 overflow is avoided."""

import pytest
import torch

from bot.engine.placement import Kernels, Placement


def placed(precision: str, activation: str, kernels: Kernels = "numba") -> Placement:
    return Placement("cpu", precision, activation, "fp32", kernels)


def test_small_matrices_are_not_quantised() -> None:
    assert placed("int8", "fp32").small == "bf16"
    assert placed("int8", "fp16").small == "fp16"
    assert placed("w8a8", "fp32").small == "bf16"
    assert placed("bf16", "fp32").small == "bf16"


@pytest.mark.parametrize("layer", range(20))
def test_in_fp16_the_residual_is_halved_where_the_next_layer_adds_half(layer: int) -> None:
    half, full = placed("fp16", "fp16"), placed("fp16", "fp32")
    x = torch.ones(2, 3)
    assert torch.equal(full.halve(x.clone(), layer), x)
    assert full.rescale(layer) == 1.0
    halved = half.halve(x.clone(), layer)
    assert float(halved[0, 0]) == half.rescale(layer + 1) / half.rescale(layer)


def test_only_numba_on_float32_is_fused() -> None:
    assert placed("bf16", "fp32").fused
    assert not placed("bf16", "bf16").fused
    assert not placed("bf16", "fp32", "torch").fused
