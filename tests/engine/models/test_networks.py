"""Networks on torch tensors, one for each version."""

import pytest

from bot.engine.files.detect import detect_spec
from bot.engine.files.random_weights import random_weights
from bot.engine.models.networks import build_network
from bot.engine.models.strategy import parse_strategy
from bot.engine.spec import VERSIONS


@pytest.mark.parametrize("version", VERSIONS)
def test_every_version_is_built_and_read(version: str) -> None:
    tensors = random_weights(version)
    network = build_network(detect_spec(tensors, "x"), tensors, parse_strategy("cpu fp32").planned(), "name")
    assert network.fingerprint == "name"
    with network.computing():
        logits = network.forward([1, 2, 3], [2, 1], network.new_state(2), [1, 0])
    assert logits.shape == (2, network.spec.vocab_size)
    assert logits.isfinite().all()
