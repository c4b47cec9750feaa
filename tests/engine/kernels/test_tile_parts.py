"""The sizes of a tile."""

from bot.engine.kernels.tile_parts import LANES, PANEL, TILE_ROWS, VECTORS


def test_the_sums_of_a_tile_fit_into_the_registers() -> None:
    registers = 32 if LANES == 16 else 16
    assert PANEL == LANES * VECTORS
    assert registers + (LANES == 4) * 12 >= TILE_ROWS * VECTORS + VECTORS  # SSE has 16: there some are spilled
