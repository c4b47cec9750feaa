"""Residual, norm and token shift: by the kernel what the formula says."""

import pytest
import torch

from bot.engine.rows import Rows
from bot.engine.shift_norm import Norm, ShiftNorm

D, INPUTS, SLOTS = 64, 3, 5


@pytest.mark.parametrize("lengths", [(1, 1, 1), (4, 1, 7), (12,)], ids=str)
def test_the_kernel_is_the_formula(lengths: tuple[int, ...]) -> None:
    generator = torch.Generator().manual_seed(1)
    tokens = sum(lengths)
    norm = Norm(torch.rand(D, generator=generator), torch.rand(D, generator=generator))
    mixes = torch.rand(INPUTS, D, generator=generator)
    x, delta = torch.randn(tokens, D, generator=generator), torch.randn(tokens, D, generator=generator)
    before = torch.randn(SLOTS, D, generator=generator)
    rows = Rows.pack(lengths, [3, 0, 4][: len(lengths)], torch.device("cpu"))
    results = []
    for fused in (True, False):
        residual, previous = x.clone(), before.clone()
        mixed = ShiftNorm(norm, mixes, fused=fused)(residual, delta, previous, rows)
        results.append((mixed, residual, previous))
    for ours, theirs in zip(*results, strict=True):
        torch.testing.assert_close(ours, theirs, atol=1e-5, rtol=1e-5)
    assert torch.equal(results[0][2][1], before[1]), "slots without a row are not touched"
