"""Products of four bytes, with the machine's instruction and without it."""

from typing import Any

import numba
import numpy as np
import numpy.typing as npt
import pytest

from bot.engine.kernels.packing import Matrix, pack
from bot.engine.kernels.quad_tiles import HAS_QUADS
from bot.engine.kernels.tile_parts import PANEL
from bot.engine.kernels.tiles import make_tile
from bot.engine.quantization import Quantized

CHANNELS, GROUP = 256, 64
GROUPS = CHANNELS // GROUP


def multiplied(
    x: npt.NDArray[np.int8], scales: npt.NDArray[np.float32], weight: Quantized, *, has_quads: bool
) -> npt.NDArray[np.float32]:
    """``x`` (rows, CHANNELS), with a scale for each row and group, times one panel of weights."""
    rows = len(x)
    tile = make_tile(rows, has_quads=has_quads)
    packed = pack([Matrix(weight)], "w8a8")
    starts = -128 * x.reshape(rows, GROUPS, GROUP).sum(2, dtype=np.int32)
    numbers = np.stack([scales, starts.astype(np.float32)], 2)

    @numba.njit
    def run(x: Any, xs: Any, kept: Any, out: Any, weights: int, scales: int) -> None:
        tile(x, 0, CHANNELS, xs, 0, kept, weights, scales, GROUPS, GROUP // 2, out, 0, PANEL)

    out = np.zeros((rows, PANEL), np.float32)
    run(x, numbers, np.empty(0, np.uint8), out, int(packed.table[0, 0]), int(packed.table[0, 1]))
    return out


@pytest.mark.parametrize("rows", [1, 5])
@pytest.mark.parametrize("extreme", [False, True])
def test_both_ways_give_the_same_bits_and_the_right_sums(rows: int, extreme: bool) -> None:
    draw = np.random.default_rng(rows)
    values = draw.integers(-127, 128, (PANEL, CHANNELS)).astype(np.int8)
    x = draw.integers(-127, 128, (rows, CHANNELS)).astype(np.int8)
    if extreme:  # the largest sums that there can be, of either sign
        values[:] = np.where(np.arange(PANEL) % 2, 127, -127)[:, None]
        x[:] = 127
    weight = Quantized(values, draw.random((PANEL, GROUPS), np.float32))
    scales = draw.random((rows, GROUPS), np.float32)
    twin = multiplied(x, scales, weight, has_quads=False)
    read = (x.reshape(rows, GROUPS, GROUP) * scales[..., None].astype(np.float64)).reshape(rows, CHANNELS)
    np.testing.assert_allclose(twin, read @ weight.dequantize().astype(np.float64).T, rtol=1e-4, atol=1e-2 * GROUPS)
    if HAS_QUADS:
        assert (multiplied(x, scales, weight, has_quads=True) == twin).all()
