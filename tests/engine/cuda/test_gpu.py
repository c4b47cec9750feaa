"""Tests that need a GPU; collected only if there is one. The folder's other tests run on it, too."""

from pathlib import Path

import pytest
import torch

from bot.__main__ import main
from bot.engine.cuda.model import GraphedModel, RecordedState
from bot.engine.files.random_weights import random_weights
from bot.engine.models.loading import load_model, random_model
from bot.errors import ModelError
from tests.engine.tensors import forward

ROWS = 64
# The standard deviation of the error, in standard deviations of the logits, against cpu fp32.
LIMITS = {"cuda fp32": 1e-4, "cuda fp16": 0.02, "cuda bf16": 0.1, "cuda fp16i8": 0.06}


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("models") / "model.pth"
    torch.save(random_weights("7"), path)
    return path


@pytest.mark.parametrize("strategy", LIMITS)
@pytest.mark.parametrize("version", ["4", "5.2", "6", "7", "7a"])
def test_every_strategy_agrees_with_the_cpu(strategy: str, version: str, tmp_path: Path) -> None:
    path = tmp_path / "model.pth"
    torch.save(random_weights(version), path)
    model, exact = load_model(path, strategy, rows=4), random_model(version)
    tokens = torch.arange(48) * 7 % 300
    state, expected = model.new_state(4), exact.new_state(4)
    for lengths, slots in (([20, 1, 27], [2, 0, 3]), ([1, 1, 1], [3, 2, 0])):
        part = tokens[: sum(lengths)]
        found = forward(model, part.cuda(), lengths, state, slots).cpu()
        truth = forward(exact, part, lengths, expected, slots)
        assert float((found - truth).std() / truth.std()) < LIMITS[strategy]


def test_every_size_is_recorded_and_agrees_with_the_plain_way(path: Path) -> None:
    model = load_model(path, "cuda fp16", rows=ROWS)
    assert isinstance(model, GraphedModel)
    state = model.new_state(ROWS)
    assert isinstance(state, RecordedState)
    assert state.graphs.sizes == [1, 2, 4, 8, 16, 32, 64]
    plain = model.network.new_state(ROWS)
    for count in (1, 3, 8, 33, ROWS):
        tokens = torch.arange(count, device="cuda") * 11 % 300
        slots = list(range(ROWS))[::-1][:count]
        found = forward(model, tokens, [1] * count, state, slots)
        expected = model.network.forward(tokens, [1] * count, plain, slots)
        assert float((found - expected).std() / expected.std()) < 0.02


def test_64_rows_write_what_each_writes_alone(path: Path) -> None:
    model = load_model(path, "cuda fp32", rows=ROWS)
    state, single = model.new_state(ROWS), model.new_state(1)
    prompts = [[1 + (row * 5 + at * 3) % 300 for at in range(1 + row % 9)] for row in range(ROWS)]
    packed = torch.tensor([token for prompt in prompts for token in prompt], device="cuda")
    logits = forward(model, packed, [len(prompt) for prompt in prompts], state, list(range(ROWS)))
    written = [logits.argmax(-1)]
    for _ in range(20):
        written.append(forward(model, written[-1], [1] * ROWS, state, list(range(ROWS))).argmax(-1))
    together = torch.stack(written, 1).tolist()
    for prompt, reply in zip(prompts, together, strict=True):
        single.zero(0)
        alone = [int(forward(model, torch.tensor(prompt, device="cuda"), [len(prompt)], single, [0]).argmax())]
        while len(alone) < len(reply):
            alone.append(int(forward(model, torch.tensor(alone[-1:], device="cuda"), [1], single, [0]).argmax()))
        assert reply == alone


def test_a_model_that_the_device_cannot_hold_is_refused_in_one_line(path: Path) -> None:
    with pytest.raises(ModelError, match="are free on cuda"):
        load_model(path, "cuda fp16", rows=10_000_000)


def test_the_benchmark_runs(capsys: pytest.CaptureFixture[str]) -> None:
    options = ["--shape", "tiny", "--strategy", "cuda fp16", "--rows", "1,64", "--prefill", "256", "--turns", "1"]
    assert main(["bench", *options]) == 0
    assert "64 rows" in capsys.readouterr().out
