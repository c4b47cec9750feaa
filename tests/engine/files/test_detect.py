"""Unsupported weights are refused quickly and in one line; test_weights reads valid ones."""

import pytest
import torch
from torch import Tensor

from bot.engine.files.detect import detect_spec
from bot.engine.files.random_weights import random_weights
from bot.engine.spec import VERSIONS, Shape
from bot.errors import ModelError

SMALL = Shape(layers=2, width=64, vocab_size=100, head_size=32)
SIZES: tuple[tuple[int, ...], ...] = ((), (7,), (0,), (0, 4), (2, 3, 4), (1, 1), (5, 9))


def refusal(weights: dict[str, Tensor]) -> str:
    with pytest.raises(ModelError) as caught:
        detect_spec(weights, "file.pth")
    text = str(caught.value)
    assert "file.pth" in text
    assert "\n" not in text
    return text


@pytest.mark.parametrize("version", VERSIONS)
def test_each_tensor_is_needed_and_in_its_shape(version: str) -> None:
    weights = random_weights(version, SMALL)
    detect_spec(weights, "file.pth")
    for name in weights:
        refusal({other: tensor for other, tensor in weights.items() if other != name})
        for size in SIZES:
            refusal(weights | {name: torch.zeros(size)})


def test_a_transformer_is_told_from_an_rwkv_model_in_the_naming_of_hugging_face() -> None:
    assert "a Transformer, such as Llama" in refusal({"model.layers.0.self_attn.q_proj.weight": torch.zeros(2, 2)})
    assert "named in the Hugging Face way" in refusal({"model.layers.0.attn.x_r": torch.zeros(2)})


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("blocks.x.att.key.weight", r"lacks the tensors of blocks.2, and has some of blocks.x"),
        ("blocks.", "lacks the tensors of blocks.2, and has some of blocks."),
        ("blocks.-1.ffn.key.weight", "has some of blocks.-1"),
        ("blocks.99999999.ffn.key.weight", "lacks the tensors of blocks.2, and has some of blocks.99999999"),
        ("blocks.2.ffn.key.weight", "lacks the tensor blocks.2."),
    ],
)
def test_blocks_are_numbered_without_a_gap(name: str, words: str) -> None:
    assert words in refusal(random_weights("4", SMALL) | {name: torch.zeros(3, 3)})
