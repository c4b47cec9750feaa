"""The weight layout of the CPU kernels."""

import numpy as np
import pytest

from bot.engine.arrays import Array
from bot.engine.cpu.cpu_weights import CpuWeights
from bot.engine.models.strategy import parse_strategy
from bot.engine.precisions import BFLOAT16
from bot.engine.quantization import quantize

GENERATOR = np.random.default_rng(1)
MATRIX = GENERATOR.normal(size=(32, 64)).astype(np.float32)


def weights(precision: str = "fp32", **tensors: Array) -> CpuWeights:
    return CpuWeights(tensors, parse_strategy(f"cpu {precision}").planned())


def test_vectors_are_float32_whatever_the_file_holds() -> None:
    taken = weights(x=np.ones((1, 1, 4), BFLOAT16), y=np.zeros(4, np.float16))
    assert taken.vectors(["x", "y"]).tolist() == [[1] * 4, [0] * 4]
    assert taken.vector("x").dtype == np.float32
    assert "x" in taken
    assert "z" not in taken


@pytest.mark.parametrize("stored", [np.float64, np.float32, np.float16, BFLOAT16])
def test_products_of_every_stored_type(stored: type) -> None:
    matrix: Array = MATRIX.astype(stored)
    x = GENERATOR.normal(size=(1, 3, 64)).astype(np.float32)
    found = weights(m=matrix).product("m")(x)
    np.testing.assert_allclose(found, x[0] @ np.asarray(matrix.astype(np.float32), np.float32).T, atol=1e-4)


def test_low_rank_matrices_are_turned_and_stand_side_by_side() -> None:
    taken = weights(a=MATRIX[:, :8].copy(), b=MATRIX[:, 8:24].copy())
    x = GENERATOR.normal(size=(1, 2, 32)).astype(np.float32)
    inner = taken.compress({"a": 0, "b": 0})(x)
    np.testing.assert_allclose(inner, x[0] @ MATRIX[:, :24], atol=1e-4)
    second = weights(a=MATRIX[:8].copy(), b=MATRIX[8:24].copy()).expand(["a", "b"])(inner[None])
    expected = np.concatenate([inner[:, :8] @ MATRIX[:8], inner[:, 8:] @ MATRIX[8:24]], axis=1)
    np.testing.assert_allclose(second, expected, atol=1e-3)


def test_what_is_stored_as_int8_is_kept_so_only_for_int8() -> None:
    quantized = quantize(MATRIX)
    stored: dict[str, Array] = {"m": quantized.values, "m.scale": quantized.scales}
    x = GENERATOR.normal(size=(1, 2, 64)).astype(np.float32)
    narrow, wide = weights("int8", **stored), weights("fp32", **stored)
    np.testing.assert_allclose(narrow.product("m")(x), wide.product("m")(x), atol=1e-2)
    assert narrow.nbytes < wide.nbytes / 3
    rounded = weights("w8a8", **stored)
    np.testing.assert_allclose(rounded.product("m")(x), wide.product("m")(x), atol=0.3)
    assert rounded.nbytes == narrow.nbytes


def test_the_bonus_of_older_files_is_a_logarithm() -> None:
    np.testing.assert_allclose(weights(time_first=np.log([2.0, 3.0])).bonus(""), [2, 3], rtol=1e-6)
    assert weights(time_faaaa=np.array([2.0, 3.0])).bonus("").tolist() == [2, 3]
