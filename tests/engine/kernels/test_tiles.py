"""Products of bfloat16 pairs, with the machine's instruction and without it."""

from typing import Any

import numba
import numpy as np
import numpy.typing as npt
import pytest
import torch

from bot.engine.kernels.packing import Matrix, pack
from bot.engine.kernels.tile_parts import PANEL, TILE_ROWS
from bot.engine.kernels.tiles import HAS_DOT, make_tile

CHANNELS = 256
Words = npt.NDArray[np.uint32]


def pairs_of(x: torch.Tensor) -> Words:
    return np.ascontiguousarray(x.to(torch.bfloat16).view(torch.int32).numpy().view(np.uint32))


def multiplied(rows: int, x: Words, *, has_dot: bool) -> npt.NDArray[np.float32]:
    """``x`` (rows, CHANNELS / 2) times one panel of random weights, (rows, PANEL)."""
    tile = make_tile(rows, has_dot=has_dot)
    weights = torch.randn(PANEL, CHANNELS, generator=torch.Generator().manual_seed(9))
    packed = pack([Matrix(weights.numpy())], "bf16")
    kept = np.empty(0, np.uint32)
    place = int(packed.table[0, 0])

    @numba.njit
    def run(x: Any, xs: Any, kept: Any, out: Any, place: int) -> None:
        tile(x, 0, CHANNELS // 2, xs, 0, kept, place, place, CHANNELS // 2, 1, out, 0, PANEL)

    out = np.zeros((rows, PANEL), np.float32)
    run(x, np.zeros(1, np.float32), kept, out, place)
    return out


@pytest.mark.parametrize("rows", [1, 3, TILE_ROWS])
@pytest.mark.parametrize("spread", [1e-3, 1.0, 1e4])
def test_both_ways_give_the_same_bits_and_the_right_sums(rows: int, spread: float) -> None:
    x = torch.randn(rows, CHANNELS, generator=torch.Generator().manual_seed(rows)) * spread
    twin = multiplied(rows, pairs_of(x), has_dot=False)
    weights = torch.randn(PANEL, CHANNELS, generator=torch.Generator().manual_seed(9))
    exact = x.to(torch.bfloat16).double() @ weights.to(torch.bfloat16).double().T
    np.testing.assert_allclose(twin, exact.numpy(), rtol=1e-3, atol=spread * 1e-3)
    if HAS_DOT:
        assert (multiplied(rows, pairs_of(x), has_dot=True) == twin).all()


def test_rows_do_not_depend_on_their_mates() -> None:
    x = torch.randn(TILE_ROWS, CHANNELS, generator=torch.Generator().manual_seed(1))
    together = multiplied(TILE_ROWS, pairs_of(x), has_dot=HAS_DOT)
    for row in range(TILE_ROWS):
        assert (multiplied(1, pairs_of(x[row : row + 1]), has_dot=HAS_DOT)[0] == together[row]).all()
