"""Residual, norm and token shift: the kernel agrees with the formula."""

import pytest
import torch

from bot.engine.kernels.threads import team
from bot.engine.kernels.token_shift import SHIFT_PHASES, shift_alone
from bot.engine.row_places import pack_places
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
    slots = [3, 0, 4][: len(lengths)]
    residual, previous = x.clone(), before.clone()
    mixed = ShiftNorm(norm, mixes)(residual, delta, previous, Rows.pack(lengths, slots, "cpu"))
    ours = [torch.empty(INPUTS, tokens, D), x.clone(), before.clone()]
    out, added, advanced = (tensor.numpy() for tensor in ours)
    places, arrays = pack_places(lengths, slots), (norm.weight.numpy(), norm.bias.numpy(), mixes.numpy())
    normed = torch.empty(tokens, D).numpy()
    team().run(shift_alone, SHIFT_PHASES, added, delta.numpy(), arrays, advanced, places, normed, out)
    for found, expected in zip(ours, (mixed, residual, previous), strict=True):
        torch.testing.assert_close(found, expected, atol=1e-5, rtol=1e-5)
    assert torch.equal(ours[2][1], before[1]), "slots without a row are not touched"
