"""Models of every version in the smallest shape: one head, one layer."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from bot.engine.files.detect import detect_spec
from bot.engine.files.random_weights import random_weights
from bot.engine.models.loading import build_model, load_model
from bot.engine.models.strategy import parse_strategy
from bot.engine.spec import VERSIONS, Shape
from tests.engine.package_child import PROMPT, package_results, token_list
from tests.engine.tensors import forward

TOKENS = 320
ONE_HEAD = Shape(layers=2, width=64, vocab_size=TOKENS)


@pytest.mark.parametrize("version", [version for version in VERSIONS if version not in ("5.0", "5.1")])
def test_one_head_is_what_the_package_computes(version: str, tmp_path: Path) -> None:
    path = tmp_path / f"{version}.pth"
    torch.save(random_weights(version, ONE_HEAD, seed=2), path)
    model = load_model(path)
    assert (model.spec.version, model.spec.heads) == (version, 1)
    tokens = torch.tensor(token_list(PROMPT, TOKENS))
    found = forward(model, tokens, [PROMPT], model.new_state(2), [1], full_output=True)
    expected = package_results(path, version)["prompt"]
    assert float((found - expected).abs().max() / expected.std()) < 1e-4


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize(("layers", "width"), [(1, 64), (1, 128), (2, 64)])
def test_smallest_shapes_by_kernels_and_by_torch(version: str, layers: int, width: int) -> None:
    """The package itself runs neither RWKV-5 with one layer, nor 5.0 and 5.1 with one head."""
    tensors = random_weights(version, Shape(layers=layers, width=width, vocab_size=TOKENS), seed=3)
    spec = detect_spec(tensors, "random weights")
    placement = parse_strategy("cpu fp32").placement()
    tokens = torch.tensor(token_list(PROMPT, TOKENS))
    logits = []
    for one in (placement, replace(placement, kernels="torch")):
        model = build_model(spec, tensors, one)
        logits.append(forward(model, tokens, [PROMPT - 9, 9], model.new_state(3), [2, 0], full_output=True))
    assert float((logits[0] - logits[1]).abs().max() / logits[1].std()) < 1e-4
