"""Layered strategies run in the `rwkv` package in its own process, behind the same protocol."""

from pathlib import Path

import pytest
import torch

from bot.engine.files.random_weights import random_weights
from bot.engine.models.loading import load_model
from bot.engine.models.rwkv_package import PackageModel
from bot.errors import ModelError
from tests.engine.tensors import forward, tensors_of


@pytest.fixture(autouse=True)
def without_jit(monkeypatch: pytest.MonkeyPatch) -> None:
    """Compiling the package's functions takes longer than these tests."""
    monkeypatch.setenv("RWKV_JIT_ON", "0")


@pytest.mark.parametrize("version", ["4", "5.0", "5.1", "5.2", "6"])
def test_it_is_the_same_model(version: str, tmp_path: Path) -> None:
    torch.save(random_weights(version, seed=2), tmp_path / "model.pth")
    ours, layered = load_model(tmp_path / "model.pth"), load_model(tmp_path / "model.pth", "cpu fp32 *2 -> cpu fp32")
    assert isinstance(layered, PackageModel)
    first, second = ours.new_state(3), layered.new_state(3)
    tokens = torch.arange(40)
    for lengths in ([30, 10], [1, 1], [1, 7]):
        piece = tokens[: sum(lengths)]
        expected = forward(ours, piece, lengths, first, [2, 0], full_output=True)
        found = forward(layered, piece, lengths, second, [2, 0], full_output=True)
        assert float((found - expected).abs().max()) < 1e-4 * float(expected.std())
        rows = forward(layered, piece, lengths, layered.new_state(2), [0, 1])
        assert rows.shape == (2, 320)
    for name, tensor in tensors_of(first.take(2)).items():
        torch.testing.assert_close(
            tensors_of(second.take(2))[name], tensor, rtol=1e-4, atol=1e-4 * float(tensor.abs().max())
        )
    assert torch.equal(tensors_of(second.take(1))["att_x"], tensors_of(layered.new_state(1).take(0))["att_x"])
    layered.close()


def test_what_it_cannot_do_is_said(tmp_path: Path) -> None:
    torch.save(random_weights("7"), tmp_path / "seven.pth")
    with pytest.raises(ModelError, match="RWKV-7 runs on one device"):
        load_model(tmp_path / "seven.pth", "cpu fp32 *1 -> cpu bf16")
    torch.save(random_weights("6"), tmp_path / "six.pth")
    if not torch.cuda.is_available():
        with pytest.raises(ModelError, match=r"built without CUDA|no CUDA device"):
            load_model(tmp_path / "six.pth", "cuda fp16 *1 -> cpu fp32")
    with pytest.raises(ModelError, match="Tuned states"):
        load_model(tmp_path / "six.pth", "cpu fp32 *1 -> cpu fp32", tuned_state=tmp_path / "state.pth")
    with pytest.raises(ModelError, match="The rwkv package says"):
        load_model(tmp_path / "six.pth", "dml fp32")


def test_a_child_that_dies_is_an_error_and_not_a_hang(tmp_path: Path) -> None:
    torch.save(random_weights("6"), tmp_path / "six.pth")
    model = load_model(tmp_path / "six.pth", "cpu fp32 *1 -> cpu fp32")
    assert isinstance(model, PackageModel)
    with pytest.raises(ModelError, match="index"):
        forward(model, torch.tensor([100_000]), [1], model.new_state(1), [0])
    assert forward(model, torch.tensor([1]), [1], model.new_state(1), [0]).shape == (1, 320)
    model._child.kill()
    model._child.wait()
    with pytest.raises(ModelError, match="ended"):
        forward(model, torch.tensor([1]), [1], model.new_state(1), [0])
    model.close()
