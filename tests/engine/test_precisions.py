"""The names of number formats."""

import numpy as np

from bot.engine.precisions import BFLOAT16, BYTES, DTYPES, precision_of


def test_names_and_sizes() -> None:
    assert {name: dtype.itemsize for name, dtype in DTYPES.items()} == BYTES
    assert [precision_of(dtype) for dtype in DTYPES.values()] == list(DTYPES)
    assert precision_of(np.dtype(np.int8)) == "int8"
    assert precision_of(np.dtype(np.float64)) == "float64"
    assert np.float32(1.00390625).astype(BFLOAT16) == 1.0, "rounded to nearest even"
