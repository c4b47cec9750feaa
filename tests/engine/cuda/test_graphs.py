"""Recorded decode steps give the same logits as plain steps, which are used if a recording fails or is wrong.

Without a GPU the steps are repeated instead of recorded; sizes, padding, buffers, check and fallback are the same.
"""

import logging
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
import torch

from bot.engine.cuda.capture import Capture, GraphCapture, Step, repeat
from bot.engine.cuda.graphs import DecodeGraphs
from bot.engine.cuda.model import GraphedModel
from bot.engine.files.detect import detect_spec
from bot.engine.files.random_weights import random_weights
from bot.engine.models.network import Network
from bot.engine.models.networks import build_network
from bot.engine.serving.batch_engine import Engine
from bot.engine.settings import EngineSettings
from bot.engine.spec import VERSIONS, Shape
from bot.engine.types import Request, SamplingParams
from tests.engine.cuda.places import DEVICE, place
from tests.engine.tensors import tensors_of
from tests.engine.toys import VOCABULARY, ByteCoder, run

SHAPE = Shape(layers=2, width=32, vocab_size=VOCABULARY, head_size=16)
# Interpreted kernels would take seconds here, so without a GPU plain torch computes; the runner cannot tell.
KERNELS = "triton" if DEVICE.type == "cuda" else "torch"


def capture() -> Capture:
    return GraphCapture() if DEVICE.type == "cuda" else repeat


def network(version: str = "7", kernels: str = KERNELS) -> Network:
    tensors = random_weights(version, SHAPE)
    return build_network(detect_spec(tensors, "random weights"), tensors, place(kernels=kernels))


def close(found: torch.Tensor, expected: torch.Tensor) -> bool:
    return float((found - expected).abs().max() / expected.std()) < 1e-3


@pytest.mark.parametrize("version", VERSIONS)
def test_recorded_steps_give_the_plain_logits(version: str) -> None:
    """Batches of 1 to 9 rows in shuffled slots, which join and leave between steps."""
    plain = network(version)
    model = GraphedModel(plain, capture())
    recorded, expected = model.new_state(9), plain.new_state(9)
    assert recorded.graphs.sizes == [1, 2, 4, 8, 16]
    batches = [[3], [3, 0, 8], [0, 8, 1, 5, 7], [8, 7, 6, 5, 4, 3, 2, 1, 0], [2, 6], [3]]
    for number, slots in enumerate(batches):
        tokens = (torch.arange(len(slots), device=DEVICE) * 31 + number * 17) % VOCABULARY
        ones = [1] * len(slots)
        assert close(model.forward(tokens, ones, recorded, slots), plain.forward(tokens, ones, expected, slots))
    for name, tensor in tensors_of(expected).items():
        torch.testing.assert_close(tensors_of(recorded)[name][:, :9], tensor, rtol=1e-4, atol=1e-4)


def test_the_gpus_kernels_are_recorded_with_everything_they_need() -> None:
    plain = network(kernels="triton")
    model = GraphedModel(plain, capture())
    recorded, expected = model.new_state(2), plain.new_state(2)
    assert recorded.graphs.sizes == [1, 2]
    tokens = torch.tensor([7, 5], device=DEVICE)
    assert close(model.forward(tokens, [1, 1], recorded, [1, 0]), plain.forward(tokens, [1, 1], expected, [1, 0]))


def test_recording_leaves_the_pool_as_new() -> None:
    state = GraphedModel(network("4"), capture()).new_state(5)
    for slot in range(5):
        for name, tensor in tensors_of(state.take(slot)).items():
            assert torch.equal(tensor, tensors_of(state.initial)[name])


def test_filling_touches_nobodys_slot() -> None:
    model = GraphedModel(network(), capture())
    state = model.new_state(6)
    before = [state.take(slot) for slot in range(6)]
    model.forward(torch.tensor([1, 2, 3], device=DEVICE), [1, 1, 1], state, [5, 1, 4])  # one row of padding
    for slot in (0, 2, 3):
        for name, tensor in tensors_of(state.take(slot)).items():
            assert torch.equal(tensor, tensors_of(before[slot])[name])


def test_prompts_go_the_plain_way_and_logits_are_the_callers_own() -> None:
    plain = network()
    model = GraphedModel(plain, capture())
    state, expected = model.new_state(3), plain.new_state(3)
    tokens = torch.tensor([4, 5, 6], device=DEVICE)
    assert close(model.forward(tokens, [2, 1], state, [2, 0]), plain.forward(tokens, [2, 1], expected, [2, 0]))
    first = model.forward(tokens[:1], [1], state, [1])
    kept = first.clone()
    model.forward(tokens[1:2], [1], state, [1])
    assert torch.equal(first, kept)
    with pytest.raises(ValueError, match="twice"):
        model.forward(tokens[:2], [1, 1], state, [1, 1])


def test_more_rows_than_any_recorded_step_go_the_plain_way(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.engine.cuda.graphs.SIZES", (1, 2))
    plain = network()
    model = GraphedModel(plain, capture())
    state, expected = model.new_state(3), plain.new_state(3)
    assert state.graphs.sizes == [1, 2]
    tokens = torch.tensor([4, 5, 6], device=DEVICE)
    assert close(model.forward(tokens, [1] * 3, state, [2, 0, 1]), plain.forward(tokens, [1] * 3, expected, [2, 0, 1]))


class Broken:
    """Records all sizes correctly except one."""

    def __init__(self, calls: int, wrong: Callable[[Step], Step]) -> None:
        self.calls = calls  # index of the wrong recording; the largest size comes first
        self.wrong = wrong
        self.right = capture()

    def __call__(self, step: Step) -> Step:
        self.calls -= 1
        return self.wrong(step) if self.calls == 0 else self.right(step)


def refuses(step: Step) -> Step:
    raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB\nand more lines")


def forgets(step: Step) -> Step:
    """Does nothing when replayed, like a recording that captured the wrong stream."""
    step()
    return lambda: None


def mixes_rows_up(step: Step) -> Step:
    """Runs the step, but some rows of a batch get other rows' logits."""

    cells = [cell.cell_contents for cell in getattr(step, "__closure__", ())]
    (logits,) = (cell._logits for cell in cells if isinstance(cell, DecodeGraphs))  # the buffer that the step writes

    def replay() -> None:
        step()
        logits[:4] = logits[:4].flip(0)

    return replay


@pytest.mark.parametrize(
    ("wrong", "reason"), [(refuses, "CUDA out of memory"), (forgets, "off by"), (mixes_rows_up, "off by")]
)
def test_a_size_that_cannot_be_recorded_is_dropped_with_a_line_in_the_log(
    wrong: Callable[[Step], Step], reason: str, caplog: pytest.LogCaptureFixture
) -> None:
    plain = network()
    model = GraphedModel(plain, Broken(2, wrong))
    with caplog.at_level(logging.WARNING):
        state = model.new_state(8)
    assert state.graphs.sizes == [1, 2, 8]
    (record,) = caplog.records
    assert "Batches of 4 rows run without a CUDA graph" in record.getMessage()
    assert reason in record.getMessage()
    assert "\n" not in record.getMessage()
    expected = plain.new_state(8)
    tokens = torch.tensor([9, 8, 7], device=DEVICE)
    found = model.forward(tokens, [1] * 3, state, [5, 0, 2])  # at the next larger size
    assert close(found, plain.forward(tokens, [1] * 3, expected, [5, 0, 2]))


def test_not_a_number_counts_as_wrong(caplog: pytest.LogCaptureFixture) -> None:
    plain = network()
    plain.norm_out.weight[:] = float("nan")
    with caplog.at_level(logging.WARNING):
        assert GraphedModel(plain, capture()).new_state(2).graphs.sizes == []
    assert len(caplog.records) == 2


def replies(engine: Engine, prompts: Sequence[tuple[int, ...]]) -> list[tuple[int, ...]]:
    sampling = SamplingParams(temperature=0, max_tokens=6)
    return [outcome.tokens for outcome in run(engine, *(Request(tokens=each, sampling=sampling) for each in prompts))]


@torch.inference_mode()
def test_an_engine_writes_the_same_with_recorded_steps() -> None:
    plain = network()
    settings = EngineSettings(model=Path("random"), rows=5)
    prompts = [tuple(range(1, 3 + number)) for number in range(9)]
    coder = ByteCoder()
    expected = replies(Engine(plain, coder, settings), prompts)
    assert replies(Engine(GraphedModel(plain, capture()), coder, settings), prompts) == expected
