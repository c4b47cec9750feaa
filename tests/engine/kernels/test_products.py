import numpy as np
import pytest
import torch

from bot.engine.kernels.functions import exp
from bot.engine.kernels.packing import SIGMOID, SQUARED_RELU, TANH, Matrix
from bot.engine.kernels.tiles import HAS_DOT
from bot.engine.quantization import Quantized, quantize
from tests.engine.tensors import Group, Single

# Largest error of one product of 128 normal numbers with 128 normal weights
TOLERANCE = {"fp32": 1e-4, "fp16": 2e-2, "bf16": 0.2, "int8": 0.5, "w8a8": 0.7}


def normal(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("precision", TOLERANCE)
@pytest.mark.parametrize("rows", [1, 2, 3, 4, 5, 6, 7, 20])
def test_a_product_is_that_of_the_matrix(precision: str, rows: int) -> None:
    weight, x = normal(70, 128), normal(rows, 128, seed=1)  # 70: the last panel is not full
    assert (Single(weight, precision)(x) - x @ weight.T).abs().max() < TOLERANCE[precision]


@pytest.mark.parametrize("precision", TOLERANCE)
def test_the_error_is_that_of_the_weights_alone(precision: str) -> None:
    weight, x = normal(64, 128), normal(9, 128, seed=1)
    kept = {"bf16": weight.bfloat16(), "fp16": weight.half(), "fp32": weight}.get(precision)
    kept = torch.from_numpy(quantize(weight.numpy()).dequantize()) if kept is None else kept
    read = x.bfloat16().float() if precision == "bf16" and HAS_DOT else x  # bfloat16 pair instruction
    if precision == "w8a8":
        read = torch.from_numpy(quantize(x.numpy()).dequantize())
    assert (Single(weight, precision)(x) - read @ kept.float().T).abs().max() < 2e-3


@pytest.mark.parametrize("precision", TOLERANCE)
def test_a_row_does_not_depend_on_the_rows_beside_it(precision: str) -> None:
    linear, x = Single(normal(70, 128), precision), normal(20, 128, seed=1)
    together = linear(x)
    for rows in (slice(0, 1), slice(3, 5), slice(7, 14)):
        assert torch.equal(linear(x[rows]), together[rows])


def test_a_group_multiplies_several_inputs_and_activates() -> None:
    x = normal(2, 5, 64)
    a, b, c = normal(32, 64, seed=1), normal(48, 64, seed=2), normal(16, 32, seed=3)
    matrices = [Matrix(a, 1, 0, TANH), Matrix(b, 0, 0, SQUARED_RELU), Matrix(c, 1, 32, SIGMOID)]
    expected = [torch.tanh(x[1] @ a.T), torch.relu(x[0] @ b.T) ** 2, torch.sigmoid(x[1, :, 32:] @ c.T)]
    group = Group(matrices, "fp32")
    assert group.columns == 96
    torch.testing.assert_close(group(x), torch.cat(expected, 1), rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("precision", TOLERANCE)
def test_what_is_not_finite_stays_visible_in_its_row_only(precision: str) -> None:
    x = normal(3, 128)
    x[1, 5] = float("nan")
    y = Single(normal(32, 128), precision)(x)
    assert torch.isnan(y[1]).all()
    assert torch.isfinite(y[[0, 2]]).all()


def test_weights_that_are_already_int8_are_taken_as_they_are() -> None:
    weight, x = normal(40, 128), normal(4, 128, seed=1)
    assert torch.equal(Single(quantize(weight.numpy()), "int8")(x), Single(weight, "int8")(x))


def test_int8_takes_a_byte_a_weight_and_a_scale_for_64() -> None:
    assert Single(normal(64, 128), "int8").nbytes == 64 * 128 + 64 * 2 * 4


def test_w8a8_rounds_what_it_multiplies_in_groups_of_64() -> None:
    x = torch.full((1, 128), 1e-3)
    x[0, 0], x[0, 64] = 1000.0, 1.0  # beside 1000 the small numbers of the first group vanish, not those of the second
    y = Single(torch.eye(128), "w8a8")(x)
    assert y[0, 1] == 0
    assert y[0, 65] == pytest.approx(1e-3, abs=4e-3)
    assert Single(torch.eye(128), "w8a8")(x / 1e3)[0, 64:].tolist() == pytest.approx((y[0, 64:] / 1e3).tolist())
    assert not Single(normal(32, 64), "w8a8")(torch.zeros(1, 64)).any()


def test_w8a8_reads_a_column_of_its_input() -> None:
    x, weight = normal(2, 5, 192), normal(16, 64, seed=3)
    group = Group([Matrix(weight, 1, 128), Matrix(weight, 0, 64)], "w8a8")
    alone = Single(weight, "w8a8")
    assert torch.equal(group(x), torch.cat([alone(x[1, :, 128:].contiguous()), alone(x[0, :, 64:128].contiguous())], 1))


def test_an_odd_matrix_is_refused() -> None:
    with pytest.raises(ValueError, match="17 input channels"):
        Single(normal(4, 17), "bf16")
    with pytest.raises(ValueError, match="66 input channels"):
        Single(normal(4, 66), "w8a8")


def test_quantized_weights_are_at_most_half_a_step_off() -> None:
    weight = normal(8, 192)
    quantized = quantize(weight.numpy())
    assert isinstance(quantized, Quantized)
    assert quantized.scales.shape == (8, 3)
    error = (torch.from_numpy(quantized.dequantize()) - weight).abs().view(8, 3, 64)
    assert (error <= torch.from_numpy(quantized.scales).unsqueeze(-1) * 0.5001).all()


def test_a_group_of_zeros_stays_zero() -> None:
    assert not quantize(np.zeros((2, 64), np.float32)).dequantize().any()


def test_exp_is_exact_to_the_last_places() -> None:
    for x in np.linspace(-86, 87, 3001, dtype=np.float32):
        assert exp(x) == pytest.approx(float(np.exp(np.float64(x))), rel=3e-7)
    assert exp(np.float32(-1e30)) < 1e-37
    assert np.isnan(exp(np.float32("nan")))
