"""Products by plain torch equal those of the kernels."""

from typing import Any

import pytest
import torch

from bot.engine.linear import NONE, TANH, Matrix
from bot.engine.unpacked import UnpackedProducts
from tests.engine.tensors import Group


@pytest.mark.parametrize("precision", ["fp32", "bf16", "fp16", "int8", "w8a8"])
@pytest.mark.parametrize("rows", [1, 9])
def test_both_forms_agree(precision: str, rows: int) -> None:
    generator = torch.Generator().manual_seed(2)
    matrices: list[Matrix[Any]] = [
        Matrix(torch.randn(64, 128, generator=generator) / 11, source, 0, activation)
        for source, activation in ((0, NONE), (1, TANH))
    ]
    x = torch.randn(2, rows, 128, generator=generator)
    found, expected = UnpackedProducts(matrices, precision)(x), Group(matrices, precision)(x)
    assert float((found - expected).abs().max()) < {"fp32": 1e-5, "int8": 0.02}.get(precision, 0.02)
    assert UnpackedProducts(matrices, precision).nbytes == Group(matrices, precision).nbytes
