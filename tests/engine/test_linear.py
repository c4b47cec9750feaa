"""Products with adjacent results."""

import math

import pytest
import torch

from bot.engine.linear import NONE, SQUARED_RELU, TANH, Matrix
from tests.engine.tensors import Group, Single

OUT, IN = 128, 128


def weights(seed: int) -> torch.Tensor:
    return torch.randn(OUT, IN, generator=torch.Generator().manual_seed(seed)) / math.sqrt(IN)


@pytest.mark.parametrize("rows", [1, 3, 40])
def test_each_matrix_takes_its_input_and_its_activation(rows: int) -> None:
    x = torch.randn(2, rows, IN, generator=torch.Generator().manual_seed(0))
    matrices = [
        Matrix(weights(1), 0, 0, NONE), Matrix(weights(2), 1, 0, TANH), Matrix(weights(3), 0, 0, SQUARED_RELU)
    ]  # fmt: skip
    found = Group(matrices, "fp32")(x)
    expected = [x[0] @ weights(1).T, torch.tanh(x[1] @ weights(2).T), torch.relu(x[0] @ weights(3).T) ** 2]
    torch.testing.assert_close(found, torch.cat(expected, dim=1), atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize(("precision", "size"), [("fp32", 4), ("bf16", 2), ("fp16", 2), ("int8", 1)])
def test_weights_are_kept_in_their_precision(precision: str, size: int) -> None:
    linear = Single(weights(4), precision)
    assert OUT * IN * size <= linear.nbytes < OUT * IN * size * 1.1
    x = torch.randn(5, IN, generator=torch.Generator().manual_seed(5))
    error = (linear(x) - x @ weights(4).T).std()
    assert float(error) < {"fp32": 1e-5, "bf16": 0.01, "fp16": 0.01, "int8": 0.03}[precision]
