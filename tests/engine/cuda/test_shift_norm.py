"""Residual, norm and token shift on the GPU agree with plain torch."""

import pytest
import torch

from bot.engine.cuda.shift_norm import TritonShiftNorm
from bot.engine.rows import Rows
from bot.engine.shift_norm import Norm, ShiftNorm
from tests.engine.cuda.places import DEVICE


@pytest.mark.parametrize("inputs", [1, 3, 6])
@pytest.mark.parametrize("width", [64, 200])
@pytest.mark.parametrize(("lengths", "slots"), [([1], [2]), ([1, 1, 1], [4, 0, 3]), ([3, 1, 2], [1, 4, 0])])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float16, torch.bfloat16], ids=["fp32", "fp16", "bf16"])
def test_the_same_as_plain_torch(
    inputs: int, width: int, lengths: list[int], slots: list[int], dtype: torch.dtype
) -> None:
    draw = torch.Generator().manual_seed(3)
    tokens = sum(lengths)

    def normal(*shape: int) -> torch.Tensor:
        return torch.randn(*shape, generator=draw).to(DEVICE, dtype)

    norm, mixes = Norm(normal(width), normal(width)), normal(inputs, width)
    x, delta, previous = normal(tokens, width), normal(tokens, width), normal(5, width)
    rows = Rows.pack(lengths, slots, DEVICE)
    results = []
    for form in (TritonShiftNorm, ShiftNorm):
        residual, before = x.clone(), previous.clone()
        results.append((form(norm, mixes)(residual, delta, before, rows), residual, before))
    tolerance = {torch.float32: 1e-5, torch.float16: 6e-3, torch.bfloat16: 5e-2}[
        dtype
    ]  # torch rounds between its steps
    for found, expected in zip(*results, strict=True):
        assert found.dtype == dtype
        torch.testing.assert_close(found, expected, rtol=tolerance, atol=tolerance)
    idle = [slot for slot in range(5) if slot not in slots]
    assert torch.equal(results[0][2][idle], previous[idle])
