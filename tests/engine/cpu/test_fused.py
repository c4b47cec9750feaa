"""The fused CPU kernels agree with the formulas in plain torch."""

from dataclasses import replace
from itertools import product

import numpy as np
import pytest
import torch

from bot.engine.cpu.cpu_model import CpuModel
from bot.engine.cpu.fused import FusedModel
from bot.engine.files.detect import detect_spec
from bot.engine.files.random_weights import random_weights
from bot.engine.kernels import channel4, head, model4, model5, model6, model7
from bot.engine.kernels.scratch import Rounding
from bot.engine.kernels.threads import set_threads
from bot.engine.models.loading import build_model, random_model
from bot.engine.models.network import Network
from bot.engine.models.strategy import parse_strategy
from bot.engine.spec import Shape
from bot.engine.state import State
from tests.engine.tensors import forward, tensors_of

VERSIONS = ("4", "5.0", "5.1", "5.2", "6", "7", "7a")
LENGTHS, SLOTS = [5, 1, 9], [2, 0, 3]  # rows of different lengths, in slots out of order


def in_torch(version: str) -> CpuModel | Network:
    """The same model, computed with the formulas."""
    tensors = random_weights(version, "tiny")
    place = replace(parse_strategy("cpu fp32").placement(), kernels="torch")
    return build_model(detect_spec(tensors, "random weights"), tensors, place)


def run(model: CpuModel | Network) -> tuple[torch.Tensor, State]:
    state = model.new_state(4)
    tokens = torch.arange(sum(LENGTHS)) * 7 % 300
    forward(model, tokens, LENGTHS, state, SLOTS)
    forward(model, tokens, LENGTHS, state, SLOTS)
    return forward(model, tokens[:3], [1, 1, 1], state, SLOTS), state


@pytest.mark.parametrize("version", VERSIONS)
def test_fused_kernels_agree_with_the_formulas(version: str) -> None:
    logits, state = run(random_model(version, "tiny"))
    expected, expected_state = run(in_torch(version))
    spread = expected.std()
    assert (logits - expected).abs().max() < 1e-5 * spread
    for name, tensor in tensors_of(state).items():
        torch.testing.assert_close(tensor, tensors_of(expected_state)[name], rtol=1e-4, atol=1e-4)
    assert torch.equal(tensors_of(state.take(1))["att_x"], model_zero(state))  # a slot that was not used


@pytest.mark.parametrize("version", ["5.2", "6", "7"])
def test_heads_that_are_not_whole_vectors_go_the_way_of_plain_loops(version: str) -> None:
    tensors = random_weights(version, Shape(layers=2, width=60, vocab_size=320, head_size=20))
    spec = detect_spec(tensors, "random weights")
    place = parse_strategy("cpu fp32").placement()
    logits, _ = run(build_model(spec, tensors, place))
    expected, _ = run(build_model(spec, tensors, replace(place, kernels="torch")))
    assert (logits - expected).abs().max() < 1e-5 * expected.std()


def model_zero(state: State) -> torch.Tensor:
    return tensors_of(state.initial)["att_x"]


@pytest.mark.parametrize(
    ("version", "precision"), [*product(["4", "5.2", "6", "7"], ["fp32", "bf16", "int8"]), ("7", "w8a8")]
)
def test_logits_are_the_same_to_the_bit_for_any_batch_and_any_split(version: str, precision: str) -> None:
    model = random_model(version, "tiny", f"cpu {precision}")
    tokens = torch.arange(40) * 11 % 300
    alone = model.new_state(1)
    expected = forward(model, tokens, [40], alone, [0])
    beside = model.new_state(8)
    forward(model, torch.cat([tokens[:7], tokens]), [7, 40], beside, [3, 1])
    together = forward(model, torch.cat([tokens[7:], tokens[:9]]), [33, 9], beside, [3, 5])
    assert torch.equal(together[0], expected[0])


@pytest.mark.parametrize("precision", ["bf16", "int8"])
def test_the_number_of_threads_changes_nothing(precision: str) -> None:
    """Long and large enough for several threads to work in the same layer at the same time many times."""
    model = random_model("7", Shape(layers=6, width=512, vocab_size=2048), f"cpu {precision}")
    results = []
    for threads in (1, 2):
        set_threads(threads)
        state = model.new_state(4)
        logits = [forward(model, torch.arange(400) % 300, [100] * 4, state, [0, 1, 2, 3])]
        inputs = [torch.tensor([step, 7, step % 5, 1]) for step in range(40)]
        logits += [forward(model, tokens, [1] * 4, state, [0, 1, 2, 3]) for tokens in inputs]
        results.append(torch.cat(logits))
    assert torch.equal(*results)


@pytest.mark.parametrize("version", ["4", "5.2", "6", "7"])
def test_products_computed_at_the_same_time_round_in_memory_of_their_own(
    version: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A thread may round inputs for the next product while another still reads those of the previous one."""
    model = random_model(version, "tiny", "cpu int8")
    assert isinstance(model, CpuModel)
    fused = model.layers
    assert isinstance(fused, FusedModel)
    running: dict[int, int] = {}  # unfinished phase of a product -> address of its buffer
    started: list[int] = []

    def multiply(queue: object, phase: int, x: object, product: object, rounding: Rounding, out: object) -> None:
        address = rounding[0].ctypes.data
        assert address not in running.values()
        running[phase] = address
        started.append(phase)

    def multiplied(queue: object, phase: int, product: object) -> None:
        del running[phase]

    stand_ins = {"multiply": multiply, "multiplied": multiplied, "take": lambda *_: 1 << 30}
    others = ("shift_norm", "blend", "time_mix4", "time_mix6", "time_mix7", "report", "wait")
    for module in (channel4, head, model4, model5, model6, model7):
        for name, value in vars(module).copy().items():
            stand_in = stand_ins.get(name) or ((lambda *_: None) if name in others else getattr(value, "py_func", None))
            if stand_in is not None:
                monkeypatch.setattr(module, name, stand_in)
    x = np.zeros((2, model.spec.width), np.float32)
    pools = tuple(model.new_state(2).host(name) for name in fused.pools)
    norm, product = (x[0], x[0]), fused.ending.head.product
    kernel, weights = fused.kernel.py_func, (fused.time, fused.channel, norm, product)
    kernel(None, x, x, pools, None, *weights, np.arange(1), fused.scratch(2), np.zeros((1, 8), np.float32))
    assert len(started) > 4 * model.spec.layers
    assert not running
