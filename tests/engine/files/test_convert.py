"""Converting model files to another precision."""

import shutil
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
from safetensors.torch import load_file
from torch import Tensor

from bot.engine.arrays import as_tensor
from bot.engine.files import convert as convert_module
from bot.engine.files.convert import convert, save_random, write_random
from bot.engine.files.random_weights import random_weights
from bot.engine.files.weights import ModelFile, open_model
from bot.engine.models.loading import Model, load_model
from bot.engine.spec import VERSIONS
from bot.errors import ModelError
from tests.engine.tensors import forward

TOKENS = torch.arange(40)


def saved(folder: Path, version: str = "7", dtype: torch.dtype = torch.float32) -> ModelFile:
    torch.save(random_weights(version, dtype=dtype), folder / "model.pth")
    return open_model(folder / "model.pth")


def logits(model: Model) -> Tensor:
    return forward(model, TOKENS, [len(TOKENS)], model.new_state(1), [0], full_output=True)


# Standard deviation of the logits' error in standard deviations of the logits, against the fp32 original.
@pytest.mark.parametrize(("precision", "limit"), [("fp32", 1e-6), ("fp16", 0.005), ("bf16", 0.04), ("int8", 0.06)])
@pytest.mark.parametrize("version", VERSIONS)
def test_a_converted_model_stays_within_its_tolerance(
    version: str, precision: str, limit: float, tmp_path: Path
) -> None:
    file = saved(tmp_path, version)
    out = convert(file, precision, tmp_path / "out.safetensors")
    converted = open_model(out)
    assert converted.spec == file.spec
    assert converted.precision == precision
    assert converted.metadata["precision"] == precision
    expected = logits(load_model(file.path))
    error = float((logits(load_model(out)) - expected).std() / expected.std())
    assert error <= limit


def test_an_int8_file_is_what_int8_is_at_load(tmp_path: Path) -> None:
    file = saved(tmp_path, dtype=torch.bfloat16)
    out = convert(file, "int8", tmp_path / "out.safetensors")
    at_load, from_file = load_model(file.path, "cpu int8"), load_model(out, "cpu int8")
    assert torch.equal(logits(at_load), logits(from_file))
    assert from_file.precision == "int8"
    assert out.stat().st_size < 0.75 * file.path.stat().st_size
    tensors = load_file(out)
    assert tensors["head.weight"].dtype == torch.int8
    assert tensors["head.weight.scale"].shape == (320, 2)
    assert tensors["blocks.0.att.w1"].dtype == torch.bfloat16


@pytest.mark.parametrize("precision", ["fp32", "bf16", "int8"])
def test_float64_is_converted(precision: str, tmp_path: Path) -> None:
    file = saved(tmp_path, dtype=torch.float64)
    converted = load_model(convert(file, precision, tmp_path / "out.safetensors"))
    plain = load_model(file.path, "cpu fp32")
    assert float((logits(converted) - logits(plain)).std() / logits(plain).std()) < 0.06


def test_progress_is_told(tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []
    convert(saved(tmp_path), "bf16", tmp_path / "out.safetensors", lambda done, total: seen.append((done, total)))
    assert seen[-1][0] == seen[-1][1]
    assert [done for done, _ in seen] == sorted(done for done, _ in seen)


def test_what_cannot_be_is_refused_and_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = saved(tmp_path)
    with pytest.raises(ModelError, match=r"end in \.safetensors"):
        convert(file, "bf16", tmp_path / "out.pth")
    out = convert(file, "int8", tmp_path / "int8.safetensors")
    with pytest.raises(ModelError, match="int8 already"):
        convert(open_model(out), "bf16", tmp_path / "again.safetensors")
    with pytest.raises(ModelError, match="the folder has"):
        convert(file, "bf16", tmp_path / "nowhere" / "out.safetensors")
    weights = random_weights("7")
    weights["head.weight"][0, 0] = 1e6
    torch.save(weights, tmp_path / "large.pth")
    with pytest.raises(ModelError, match=r"head\.weight has numbers beyond the range of fp16"):
        convert(open_model(tmp_path / "large.pth"), "fp16", tmp_path / "large.safetensors")
    names = {path.name for path in tmp_path.iterdir()}
    assert names == {"model.pth", "int8.safetensors", "large.pth"}


@pytest.mark.skipif(sys.platform != "linux", reason="a folder in which even root cannot write is Linux's own")
def test_a_file_that_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"/proc/out\.pth cannot be written: No such file"):
        save_random(random_weights("7"), Path("/proc/out.pth"))
    with pytest.raises(ModelError, match=r"/proc/out\.safetensors (cannot be written|would take)"):
        convert(saved(tmp_path), "bf16", Path("/proc/out.safetensors"))
    (tmp_path / "folder.safetensors").mkdir()
    with pytest.raises(ModelError, match=r"folder\.safetensors cannot be written: Is a directory"):
        convert(saved(tmp_path), "bf16", tmp_path / "folder.safetensors")
    assert {path.name for path in tmp_path.iterdir()} == {"model.pth", "folder.safetensors"}


def test_random_weights_that_do_not_fit_are_not_begun(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(convert_module, "free_memory", lambda device: 1 << 30)
    with pytest.raises(ModelError, match=r"shape 7\.2b take 1\d\.\d GB of memory to make, and only 1\.1 GB are free"):
        write_random("7", "7.2b", 0, tmp_path / "large.pth")
    monkeypatch.setattr(convert_module, "free_memory", lambda device: 1 << 50)
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: SimpleNamespace(free=1 << 30))
    with pytest.raises(ModelError, match=r"large\.pth would take 14\.\d GB, and the folder has 1\.1 GB"):
        write_random("7", "7.2b", 0, tmp_path / "large.pth")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("ending", [".pth", ".safetensors"])
def test_random_models_are_saved_in_both_formats(ending: str, tmp_path: Path) -> None:
    weights = random_weights("7", dtype=torch.bfloat16)
    file = open_model(save_random(weights, tmp_path / f"random{ending}"))
    assert all(torch.equal(as_tensor(file.tensors[name]), tensor) for name, tensor in weights.items())
    with pytest.raises(ModelError, match="must end in"):
        save_random(weights, tmp_path / "random.bin")
