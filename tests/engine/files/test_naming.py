"""Models stored by other programs give the logits of the published .pth, or are refused by name."""

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from torch import Tensor

from bot.engine.files.convert import convert
from bot.engine.files.random_weights import random_weights
from bot.engine.files.weights import open_model
from bot.engine.models.loading import load_model
from bot.engine.spec import Shape
from bot.errors import ModelError
from tests.engine.tensors import forward

SHAPE = Shape(layers=2, width=128, vocab_size=512)
Weights = dict[str, Tensor]
TURNED = ("time_maa_w1", "time_maa_w2", "time_decay_w1", "time_decay_w2")


def weights(version: str) -> Weights:
    return random_weights(version, SHAPE, seed=1)


def web(stored: Weights) -> Weights:
    """The .st files of web-rwkv, ai00 and RWKV-Runner, from converters that transpose all low-rank matrices."""
    turned = {name: t.transpose(-2, -1) if name.endswith(TURNED) else t for name, t in stored.items()}
    return _renamed(turned)


def web_by_halves(stored: Weights) -> Weights:
    """The same from converters that check the old names, and transpose the first two axes."""
    return _renamed({name: t.transpose(0, 1) if "time_decay_w" in name else t for name, t in stored.items()})


def web_first_axes(stored: Weights) -> Weights:
    return _renamed({name: t.transpose(0, 1) if name.endswith(TURNED) else t for name, t in stored.items()})


def web7(stored: Weights) -> Weights:
    ends = tuple(f".{letter}{place}" for letter in "wavg" for place in "12")
    return {name: t.t() if name.endswith(ends) else t for name, t in stored.items()}


def _renamed(stored: Weights) -> Weights:
    return {name.replace("time_faaaa", "time_first").replace("time_maa", "time_mix"): t for name, t in stored.items()}


def expanded(stored: Weights) -> Weights:
    """RWKV-5.1 as the same converters write it: one value per channel."""
    heads = {n: t.unsqueeze(1).repeat(1, 64) for n, t in stored.items() if "time_decay" in n or "time_faaaa" in n}
    return _renamed(stored | heads)


def hugging_face(stored: Weights) -> Weights:
    parts = {"emb.weight": "embeddings.weight", ".att.": ".attention.", ".ffn.": ".feed_forward.", "ln0": "pre_ln"}
    named = {}
    for name, tensor in stored.items():
        for ours, theirs in parts.items():
            name = name.replace(ours, theirs)
        named[name if name == "head.weight" else f"rwkv.{name}"] = tensor
    return named


def hugging_face_long(stored: Weights) -> Weights:
    words = {"time_mix_k": "time_mix_key", "time_mix_v": "time_mix_value", "time_mix_r": "time_mix_receptance"}
    words |= {"time_mix_g": "time_mix_gate"}
    return {
        next((name.removesuffix(ours) + word for ours, word in words.items() if name.endswith(ours)), name): tensor
        for name, tensor in hugging_face(stored).items()
    }


def deepspeed(stored: Weights) -> Weights:
    return {f"_forward_module.{name}": tensor for name, tensor in stored.items()}


def logits(path: Path) -> Tensor:
    model = load_model(path)
    return forward(model, torch.tensor([10, 20, 300]), [3], model.new_state(1), [0])


@pytest.mark.parametrize(
    ("version", "other"),
    [
        ("4", web), ("5.1", expanded), ("5.2", web), ("6", web), ("6", web_by_halves), ("6", web_first_axes),
        ("7", web7), ("4", hugging_face), ("5.2", hugging_face), ("6", hugging_face), ("4", hugging_face_long),
        ("5.2", hugging_face_long), ("4", deepspeed), ("7", deepspeed),
    ],
    ids=lambda value: value if isinstance(value, str) else value.__name__,
)  # fmt: skip
def test_the_logits_are_those_of_the_published_file(
    version: str, other: Callable[[Weights], Weights], tmp_path: Path
) -> None:
    plain, strange = tmp_path / "plain.pth", tmp_path / "strange.st"
    torch.save({name: tensor.half() for name, tensor in weights(version).items()}, plain)
    half = {name: tensor.half().contiguous() for name, tensor in other(weights(version)).items()}
    save_file(half, strange, metadata={"format": "pt"})
    assert torch.allclose(logits(strange), logits(plain), atol=1e-4)
    again = convert(open_model(strange), "fp32", tmp_path / "again.safetensors")
    assert torch.allclose(logits(again), logits(plain), atol=1e-4)


def test_an_old_files_logarithm_stays_one_when_converted(tmp_path: Path) -> None:
    old = _renamed(weights("5.1"))
    torch.save(old, tmp_path / "old.pth")
    again = convert(open_model(tmp_path / "old.pth"), "fp32", tmp_path / "new.safetensors")
    assert torch.equal(logits(again), logits(tmp_path / "old.pth"))


def test_what_may_mean_two_things_is_refused(tmp_path: Path) -> None:
    save_file(_renamed(weights("5.0")), tmp_path / "five.st")
    with pytest.raises(ModelError, match=r"five\.st: .*time_first may be a weight or its logarithm"):
        open_model(tmp_path / "five.st")


@pytest.mark.parametrize("version", ["4", "5.2", "6", "7"])
@pytest.mark.parametrize(
    ("name", "kind"),
    [("lora_A", "LoRA"), ("lora.0", "LoRA"), ("bone", "Bone"), ("disha", "DiSHA"), ("pissa", "PiSSA")],
)
def test_adapters_are_refused_by_name_also_beside_their_base(
    version: str, name: str, kind: str, tmp_path: Path
) -> None:
    adapters = {f"blocks.{layer}.att.key.{name}": torch.ones(8, 128) for layer in (0, 1)}
    for content in (adapters, weights(version) | adapters):
        torch.save(content, tmp_path / "adapter.pth")
        with pytest.raises(ModelError, match=rf"adapter\.pth holds {kind} weights .*merge them"):
            open_model(tmp_path / "adapter.pth")
