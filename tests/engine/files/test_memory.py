"""The memory that a model needs, and the refusal if it is not available."""

from pathlib import Path

import pytest
import torch

from bot.engine.files import memory
from bot.engine.files.memory import check_memory, estimate, free_memory, gigabytes
from bot.engine.files.random_weights import random_weights
from bot.engine.models.loading import load_model, random_model
from bot.engine.models.strategy import parse_strategy
from bot.engine.serving.pool import Pool
from bot.engine.spec import SHAPES, VERSIONS, make_spec
from bot.errors import ModelError

CPU = "cpu"


@pytest.mark.parametrize("strategy", ["cpu fp32", "cpu bf16", "cpu int8", "cpu w8a8"])
@pytest.mark.parametrize("version", VERSIONS)
def test_the_estimate_is_what_the_model_takes(version: str, strategy: str) -> None:
    model = random_model(version, strategy=strategy)
    need = estimate(model.spec, parse_strategy(strategy).placement(), rows=3, stored=4)
    assert need.state_per_row == model.new_state(1).nbytes
    assert need.weights == pytest.approx(model.weight_bytes, rel=0.1)
    assert need.parked == Pool(model.new_state(3)).parkable >= 3
    assert need.total == need.weights + (3 + need.parked) * need.state_per_row + need.overhead


def test_published_figures() -> None:
    """RWKV-7 0.1B: 2.4 MB per row; 7.2B: 34 MB per row, 14.4 GB of weights in fp16."""
    place = parse_strategy("cpu bf16").placement()
    small, large = (estimate(make_spec("7", SHAPES[name]), place) for name in ("0.1b", "7.2b"))
    assert small.state_per_row == pytest.approx(2.4e6, rel=0.02)
    assert large.state_per_row == pytest.approx(34.6e6, rel=0.02)
    assert large.weights == pytest.approx(14.4e9, rel=0.03)


@pytest.mark.parametrize(("strategy", "weights"), [("cuda fp16", 14.4e9), ("cuda fp16i8", 7.9e9)])
def test_published_figures_of_a_gpu_are_told_without_one(strategy: str, weights: float) -> None:
    """RWKV-7 7.2B: 17 MB per row in fp16, and one slot more than rows; the embedding keeps the file's precision."""
    need = estimate(make_spec("7", SHAPES["7.2b"]), parse_strategy(strategy).planned(), rows=32)
    assert need.state_per_row == pytest.approx(17.3e6, rel=0.02)
    assert need.rows == 33
    assert need.weights == pytest.approx(weights, rel=0.03)


def test_too_large_is_said_before_anything_is_loaded(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    torch.save(random_weights("7"), tmp_path / "model.pth")
    monkeypatch.setattr(memory, "free_memory", lambda device: 250_000_000)
    with pytest.raises(ModelError, match=r"model\.pth needs about .* only 250 MB are free on cpu") as caught:
        load_model(tmp_path / "model.pth", rows=100)
    assert "\n" not in str(caught.value)
    monkeypatch.setattr(memory, "free_memory", lambda device: 10**10)
    load_model(tmp_path / "model.pth", rows=100)


def test_free_memory_respects_a_containers_limit(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(memory, "CGROUP", tmp_path)
    whole = free_memory(CPU)
    assert whole > 10_000_000
    (tmp_path / "memory.max").write_text("3000000\n")
    (tmp_path / "memory.current").write_text("2500000\n")
    (tmp_path / "memory.stat").write_text("anon 1\ninactive_file 100000\n")
    assert free_memory(CPU) == 600_000
    (tmp_path / "memory.max").write_text("max\n")
    assert free_memory(CPU) > 10_000_000


def test_sizes_as_people_read_them() -> None:
    assert [gigabytes(size) for size in (0, 400_000, 123_456_789, 3_210_000_000)] == [
        "1 MB",
        "1 MB",
        "123 MB",
        "3.2 GB",
    ]


def test_enough_is_enough() -> None:
    check_memory(estimate(make_spec("7", SHAPES["tiny"]), parse_strategy("cpu fp32").placement()), CPU, "x")
