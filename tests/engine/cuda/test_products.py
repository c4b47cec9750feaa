"""GPU matrix products agree with plain torch, for every precision, shape and number of rows."""

from collections.abc import Callable, Sequence

import pytest
import torch

from bot.engine.cuda.products import MAX_ROWS, TritonProducts
from bot.engine.kernels.packing import NONE, SIGMOID, SQUARED_RELU, TANH, Matrix
from bot.engine.quantization import QuantizedTensor, quantize_tensor
from bot.engine.unpacked import TensorMatrix, UnpackedProducts, kept
from tests.engine.cuda.places import DEVICE, TYPES

# Tolerance relative to a result plus the results' standard deviation: rounding of the result and, for int8, the
# weights.
TOLERANCE = {"fp32": 1e-5, "fp16": 1e-3, "bf16": 8e-3, "int8": 2e-3}
FUNCTIONS: dict[int, Callable[[torch.Tensor], torch.Tensor]] = {
    NONE: lambda y: y,
    SQUARED_RELU: lambda y: torch.relu(y) ** 2,
    TANH: torch.tanh,
    SIGMOID: torch.sigmoid,
}


def normal(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed)).to(DEVICE)


def exact(matrix: TensorMatrix, precision: str, x: torch.Tensor) -> torch.Tensor:
    """Compute in float32, with the weights rounded as they are stored."""
    weight = kept(matrix.weight, precision)
    weight = weight.dequantize() if isinstance(weight, QuantizedTensor) else weight.float()
    own = x[matrix.source, :, matrix.column : matrix.column + weight.shape[1]].float()
    return FUNCTIONS[matrix.activation](own @ weight.T)


def assert_right(matrices: Sequence[TensorMatrix], precision: str, x: torch.Tensor) -> None:
    products = TritonProducts(matrices, precision)
    found = products(x)
    assert found.dtype == x.dtype
    expected = [exact(matrix, precision, x) for matrix in matrices]
    for columns, part in zip(torch.split(found.float(), [y.shape[1] for y in expected], 1), expected, strict=True):
        error = ((columns - part).abs() / (part.abs() + part.std())).max()
        assert error <= TOLERANCE[precision], f"off by {error:.1e}"
    assert products.nbytes == UnpackedProducts(matrices, precision).nbytes


def activations(precision: str) -> torch.dtype:
    return TYPES["fp16" if precision == "int8" else precision]


@pytest.mark.parametrize("precision", ["fp32", "fp16", "bf16", "int8"])
@pytest.mark.parametrize("rows", [1, 2, 16, 17, 64, 65])
@pytest.mark.parametrize(("outputs", "inputs"), [(16, 128), (70, 192), (33, 64), (5, 328)])
def test_one_matrix(precision: str, rows: int, outputs: int, inputs: int) -> None:
    weight = normal(outputs, inputs) / inputs**0.5
    assert_right([Matrix(weight)], precision, normal(1, rows, inputs, seed=1).to(activations(precision)))


@pytest.mark.parametrize("precision", ["fp16", "bf16", "int8"])
@pytest.mark.parametrize("rows", [1, 5, MAX_ROWS + 1])
def test_a_group_with_sources_and_activations(precision: str, rows: int) -> None:
    kinds = (NONE, SQUARED_RELU, TANH, SIGMOID)
    matrices: list[TensorMatrix] = [
        Matrix(normal(20 + 7 * index, 128, seed=index) / 8, source=(2 - index) % 3, activation=kind)
        for index, kind in enumerate(kinds)
    ]
    assert_right(matrices, precision, normal(3, rows, 128, seed=9).to(activations(precision)))


@pytest.mark.parametrize("rows", [1, 3])
def test_each_matrix_may_take_its_own_columns(rows: int) -> None:
    """As the second matrices of low-rank products do, whose widths differ."""
    matrices: list[TensorMatrix] = [
        Matrix(normal(48, 32), 0, 0),
        Matrix(normal(48, 96, seed=1), 0, 32),
        Matrix(normal(48, 160), 0, 128),
    ]
    assert_right(matrices, "fp16", normal(1, rows, 288, seed=2).half() / 8)


def test_a_matrix_that_is_int8_already_is_taken_as_it_is() -> None:
    weight = quantize_tensor(normal(32, 128))
    assert_right([Matrix(weight)], "int8", normal(1, 4, 128).half())
    assert TritonProducts([Matrix(weight)], "int8").nbytes == 32 * 128 + 32 * 2 * 4


def test_other_rows_do_not_count() -> None:
    weight = normal(16, 128)
    x = normal(1, 3, 128, seed=1).half()
    alone = TritonProducts([Matrix(weight)], "fp16")(x)
    x[0, 1] = 1000.0
    beside = TritonProducts([Matrix(weight)], "fp16")(x)
    assert torch.equal(beside[[0, 2]], alone[[0, 2]])
