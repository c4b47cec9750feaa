"""Whole models on the GPU kernels: logits and states agree with the formulas, in every precision."""

import pytest
import torch

from bot.engine.files.detect import detect_spec
from bot.engine.files.random_weights import random_weights
from bot.engine.models.network import Network
from bot.engine.models.networks import build_network
from bot.engine.spec import VERSIONS, Shape
from bot.engine.state import State
from tests.engine.cuda.places import place
from tests.engine.tensors import tensors_of

SHAPE = Shape(layers=2, width=32, vocab_size=48, head_size=16)
LENGTHS, SLOTS = [2, 1, 4], [2, 0, 3]  # rows of different lengths, in shuffled slots


def model(version: str, kernels: str = "triton", **types: str) -> Network:
    tensors = random_weights(version, SHAPE)
    return build_network(detect_spec(tensors, "random weights"), tensors, place(kernels=kernels, **types))


def run(network: Network) -> tuple[torch.Tensor, State]:
    """Return the state, and the logits after two mixed passes and one decode pass."""
    state = network.new_state(5)
    tokens = torch.arange(sum(LENGTHS)) * 7 % 48
    read = network.forward(tokens, LENGTHS, state, SLOTS, full_output=True)
    mixed = network.forward(tokens[:4], [1, 2, 1], state, SLOTS)
    return torch.cat([read, mixed, network.forward(tokens[:3], [1, 1, 1], state, SLOTS)]), state


def error(found: torch.Tensor, expected: torch.Tensor) -> float:
    return float((found.float() - expected.float()).abs().max() / expected.float().std())


@pytest.mark.parametrize("version", VERSIONS)
def test_fp32_is_exact(version: str) -> None:
    logits, state = run(model(version))
    expected, expected_state = run(model(version, "torch"))
    assert error(logits, expected) < 1e-4
    for name, tensor in tensors_of(state).items():
        torch.testing.assert_close(tensor, tensors_of(expected_state)[name], rtol=1e-4, atol=1e-4)
    for slot in (1, 4):  # not used
        for name, tensor in tensors_of(state.take(slot)).items():
            assert torch.equal(tensor, tensors_of(state.initial)[name])


# Rounding error against fp32: standard deviation of the error, in standard deviations of the logits.
LIMITS = {
    ("fp16", "fp16", "fp16"): 0.01,
    ("fp16", "fp16", "fp32"): 0.01,
    ("bf16", "bf16", "fp32"): 0.06,
    ("int8", "fp16", "fp16"): 0.05,
    ("int8", "bf16", "fp32"): 0.08,
}
OTHERS = [("4", 0), ("5.0", 0), ("5.2", 3), ("6", 0), ("6", 3), ("7a", 0)]  # a selection of the other versions


@pytest.mark.parametrize(("version", "case"), [("7", case) for case in range(5)] + OTHERS)
def test_narrow_precisions_stay_within_their_tolerance(version: str, case: int) -> None:
    types = list(LIMITS)[case]
    names = dict(zip(("precision", "activation", "state"), types, strict=True))
    logits, pool = run(model(version, **names))
    exact, _ = run(model(version, "torch"))
    plain, _ = run(model(version, "torch", **names))
    assert logits.dtype == torch.float32
    assert 0 < float((logits - exact).std() / exact.std()) < LIMITS[types]
    assert float((logits - plain).std() / exact.std()) < LIMITS[types]
    assert torch.bfloat16 not in {tensor.dtype for tensor in pool.tensors.values()}


@pytest.mark.parametrize("version", ["4", "5.2", "6", "7"])
def test_a_row_does_not_depend_on_its_batch(version: str) -> None:
    network = model(version)
    logits, _ = run(network)
    state = network.new_state(1)
    tokens = torch.arange(sum(LENGTHS)) * 7 % 48
    alone = network.forward(tokens[3:], [4], state, [0], full_output=True)
    assert error(logits[3:7], alone) < 1e-4
