"""Model files: what is read from them, and one clear line for each way they can be invalid."""

import pickle
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from torch import Tensor

from bot.engine.files.convert import save_random
from bot.engine.files.detect import detect_spec
from bot.engine.files.random_weights import random_weights
from bot.engine.files.weights import open_model, release_pages
from bot.engine.models.loading import load_model
from bot.engine.spec import SHAPES, VERSIONS, make_spec
from bot.errors import ModelError
from tests.engine.tensors import forward

TINY = SHAPES["tiny"]


@pytest.mark.parametrize("version", VERSIONS)
def test_version_and_shape_are_read_from_the_names(version: str) -> None:
    assert detect_spec(random_weights(version), "x") == make_spec(version, TINY)


@pytest.mark.parametrize("version", VERSIONS)
def test_pth_and_safetensors_are_the_same_model(version: str, tmp_path: Path) -> None:
    weights = random_weights(version)
    torch.save(weights, tmp_path / "model.pth")
    save_file(weights, tmp_path / "model.safetensors")
    first, second = open_model(tmp_path / "model.pth"), open_model(tmp_path / "model.safetensors")
    assert first.spec == second.spec
    assert first.digest() == second.digest()
    assert first.precision == second.precision == "fp32"
    assert all(np.array_equal(first.tensors[name], second.tensors[name]) for name in weights)


def test_the_digest_tells_models_apart(tmp_path: Path) -> None:
    weights = random_weights("7")
    torch.save(weights, tmp_path / "model.pth")
    before = open_model(tmp_path / "model.pth").digest()
    weights["blocks.1.att.key.weight"][-1, -1] += 1
    torch.save(weights, tmp_path / "other.pth")
    assert open_model(tmp_path / "other.pth").digest() != before


def test_axes_of_length_one_and_older_names(tmp_path: Path) -> None:
    """Published files have (1, 1, D) vectors, and old RWKV-5 files the logarithm of the bonus as time_first."""
    weights = {
        name: tensor.view(1, 1, -1) if tensor.dim() == 1 and ("x_" in name or "time_" in name) else tensor
        for name, tensor in random_weights("7").items()
    }
    torch.save(weights, tmp_path / "seven.pth")
    flat = random_weights("7")
    torch.save(flat, tmp_path / "flat.pth")
    tokens = torch.arange(9)
    logits = [
        forward(model, tokens, [9], model.new_state(1), [0])
        for model in (load_model(tmp_path / "seven.pth"), load_model(tmp_path / "flat.pth"))
    ]
    assert torch.equal(*logits)
    old = {name.replace("time_faaaa", "time_first"): tensor for name, tensor in random_weights("5.1").items()}
    assert detect_spec(old, "old").version == "5.1"


def without(version: str, *parts: str) -> dict[str, Tensor]:
    return {name: t for name, t in random_weights(version).items() if not any(part in name for part in parts)}


def with_extra(*names: str) -> dict[str, Tensor]:
    return random_weights("7") | {f"blocks.{layer}.{name}": torch.zeros(4, 4) for layer in range(3) for name in names}


@pytest.mark.parametrize(
    ("weights", "words"),
    [
        ({}, "it is empty"),
        ({"lm_head.weight": torch.zeros(2, 2)}, "lacks emb.weight, .*, and has lm_head.weight"),
        ({"model.layers.0.attn.x_r": torch.zeros(2)}, "Hugging Face"),
        ({"blocks.0.att.time_state": torch.zeros(2, 64, 64)}, r"tuned initial state; name it under \[model\] state"),
        (without("7", "blocks.2.att.w1"), r"RWKV-7 but lacks the tensor blocks\.2\.att\.w1"),
        (without("7", "blocks.0.att.w1"), r"RWKV-7 but lacks the tensor blocks\.0\.att\.w1"),
        (without("6", "blocks.1.ffn.value"), r"RWKV-6 but lacks the tensor blocks\.1\.ffn\.value\.weight"),
        (without("4", "ln_out.bias"), r"RWKV-4 but lacks the tensor ln_out\.bias"),
        (random_weights("7") | {"head.weight": torch.zeros(300, 128)}, r"head\.weight has the shape \(300, 128\)"),
        (random_weights("7") | {"blocks.1.att.r_k": torch.zeros(2, 63)}, r"r_k has the shape \(2, 63\)"),
        (with_extra("qkv.q.weight", "ffn.s_emb_v.weight"), "7b or 8.*ffn.s_emb_v.weight, qkv.q.weight"),
        (with_extra("att.k_emb.weight"), r"7b or 8.*att\.k_emb\.weight"),
        (with_extra("att.z9"), "newer.*att.z9"),
        (without("4", "time_decay"), "not an RWKV that Roost knows"),
    ],
    ids=lambda value: value[:30] if isinstance(value, str) else "",
)  # fmt: skip
def test_models_that_do_not_run_are_refused_by_what_was_found(weights: dict[str, Tensor], words: str) -> None:
    with pytest.raises(ModelError, match=words) as caught:
        detect_spec(weights, "file.pth")
    assert "file.pth" in str(caught.value)
    assert "\n" not in str(caught.value)


class Trap:
    """An object that would write a file when unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, ...]:
        return Path.touch, (self.path,)


def test_a_file_with_code_is_not_run(tmp_path: Path) -> None:
    torch.save({"emb.weight": Trap(tmp_path / "sprung")}, tmp_path / "evil.pth")
    with pytest.raises(ModelError, match="could run code"):
        open_model(tmp_path / "evil.pth")
    (tmp_path / "plain.pth").write_bytes(pickle.dumps(Trap(tmp_path / "sprung")))
    with pytest.raises(ModelError):
        open_model(tmp_path / "plain.pth")
    assert not (tmp_path / "sprung").exists()


def test_what_holds_no_tensors_by_name(tmp_path: Path) -> None:
    torch.save([torch.zeros(2)], tmp_path / "list.pth")
    with pytest.raises(ModelError, match="tensors by name"):
        open_model(tmp_path / "list.pth")
    torch.save({"model": random_weights("7"), "optimizer": {}}, tmp_path / "checkpoint.pth")
    with pytest.raises(ModelError, match=r"it has model, optimizer\..*the file with the weights alone"):
        open_model(tmp_path / "checkpoint.pth")
    torch.save({"_strategy": "cpu fp32", "_version": "0.7"}, tmp_path / "converted.pth")
    with pytest.raises(ModelError, match="converted by the rwkv package for the strategy cpu fp32"):
        open_model(tmp_path / "converted.pth")
    nested: tuple[object, ...] = ()
    for _ in range(60):
        nested = (nested, nested)  # its repr has 2^60 parts
    torch.save({"_strategy": nested, "_version": "0.7"}, tmp_path / "converted.pth")
    with pytest.raises(ModelError, match="converted by the rwkv package"):
        open_model(tmp_path / "converted.pth")


def test_half_precision_files_run_on_the_cpu(tmp_path: Path) -> None:
    weights = random_weights("6")
    exact = {name: tensor.half().float() for name, tensor in weights.items()}
    torch.save({name: tensor.half() for name, tensor in weights.items()}, tmp_path / "half.pth")
    torch.save(exact, tmp_path / "exact.pth")
    first, second = load_model(tmp_path / "half.pth"), load_model(tmp_path / "exact.pth")
    tokens = torch.arange(9)
    logits = [forward(model, tokens, [9], model.new_state(1), [0]) for model in (first, second)]
    torch.testing.assert_close(*logits)
    assert open_model(tmp_path / "half.pth").precision == "fp16"


@pytest.mark.parametrize("ending", [".pth", ".safetensors"])
def test_letting_go_of_mapped_weights_changes_nothing(tmp_path: Path, ending: str) -> None:
    tensors = {name: tensor.numpy() for name, tensor in random_weights("7").items()}
    path = save_random(tensors, tmp_path / f"model{ending}")
    file = open_model(path)
    before = file.digest()
    release_pages(file.tensors)
    release_pages(tensors)  # not memory-mapped at all
    assert file.digest() == before
    for name, tensor in random_weights("7").items():
        assert np.array_equal(file.tensors[name], tensor)
        assert np.array_equal(tensors[name], tensor)
