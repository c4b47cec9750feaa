"""Tuned initial states: their orientation, and files that do not match the model."""

from pathlib import Path

import pytest
import torch
from torch import Tensor

from bot.engine.files.random_weights import random_weights
from bot.engine.models.loading import load_model
from bot.errors import ModelError
from tests.engine.package_child import PROMPT, package_results, token_list
from tests.engine.tensors import forward

LAYERS, HEADS, SIZE = 3, 2, 64


def tuned(version: str) -> dict[str, Tensor]:
    """Asymmetric states, so that transposing one changes it."""
    generator = torch.Generator().manual_seed(5)
    shape = (HEADS, SIZE, SIZE)
    return {f"blocks.{i}.att.time_state": torch.randn(shape, generator=generator) for i in range(LAYERS)}


@pytest.mark.parametrize("version", ["5.1", "5.2", "6"])
def test_the_orientation_of_5_and_6_is_the_packages(version: str, tmp_path: Path) -> None:
    """The package reads tuned states of these versions from the model file."""
    weights, states = random_weights(version, seed=3), tuned(version)
    torch.save(weights, tmp_path / "plain.pth")
    torch.save(states, tmp_path / "state.pth")
    torch.save(weights | states, tmp_path / "both.pth")
    torch.save(weights | {name: state.mT.contiguous() for name, state in states.items()}, tmp_path / "turned.pth")
    expected = package_results(tmp_path / "both.pth", version)["prompt"]
    tokens = torch.tensor(token_list(PROMPT, 320))

    def logits(path: str, state: str | None = None) -> Tensor:
        model = load_model(tmp_path / path, tuned_state=state and tmp_path / state)
        return forward(model, tokens, [PROMPT], model.new_state(1), [0], full_output=True)

    spread = float(expected.std())
    assert float((logits("both.pth") - expected).abs().max()) < 1e-4 * spread
    assert float((logits("plain.pth", "state.pth") - expected).abs().max()) < 1e-4 * spread
    assert float((logits("turned.pth") - expected).abs().max()) > 0.1 * spread
    assert float((logits("plain.pth") - expected).abs().max()) > 0.1 * spread


def test_the_orientation_of_7_is_that_of_the_states_which_the_package_computes(tmp_path: Path) -> None:
    """The package has no tuned states for 7. Training writes them as (values, keys), like the package's state.

    So a state computed by the package and given as a tuned state must be read unchanged; and read by ``r = k`` a state
    ``v k^T`` answers ``v``.
    """
    torch.save(random_weights("7", seed=3), tmp_path / "model.pth")
    package = package_results(tmp_path / "model.pth", "7")
    computed = {f"blocks.{i}.att.time_state": package[f"state.{3 * i + 1}"] for i in range(LAYERS)}
    torch.save(computed, tmp_path / "state.pth")
    plain = load_model(tmp_path / "model.pth")
    state = plain.new_state(1)
    tokens = torch.tensor(token_list(PROMPT, 320))
    forward(plain, tokens, [PROMPT], state, [0])
    model = load_model(tmp_path / "model.pth", tuned_state=tmp_path / "state.pth")
    torch.testing.assert_close(model.new_state(1).take(0).tensors["wkv"], state.take(0).tensors["wkv"])
    k, v = torch.randn(SIZE), torch.randn(SIZE)
    k /= k.norm()
    outer = torch.stack([v.outer(k)] * HEADS)
    torch.save({f"blocks.{i}.att.time_state": outer for i in range(LAYERS)}, tmp_path / "known.pth")
    known = load_model(tmp_path / "model.pth", tuned_state=tmp_path / "known.pth").new_state(2).take(1).tensors["wkv"]
    torch.testing.assert_close(torch.as_tensor(known[1, 0]) @ k, v)


def test_a_tuned_state_changes_the_fingerprint_and_where_a_zeroed_slot_begins(tmp_path: Path) -> None:
    torch.save(random_weights("7"), tmp_path / "model.pth")
    torch.save(tuned("7"), tmp_path / "state.pth")
    plain, model = (
        load_model(tmp_path / "model.pth"),
        load_model(tmp_path / "model.pth", tuned_state=tmp_path / "state.pth"),
    )
    assert plain.fingerprint != model.fingerprint
    state = model.new_state(2)
    fresh = forward(model, torch.arange(5), [5], state, [0])
    state.zero(0)
    assert torch.equal(forward(model, torch.arange(5), [5], state, [0]), fresh)
    assert not torch.equal(forward(plain, torch.arange(5), [5], plain.new_state(1), [0]), fresh)


@pytest.mark.parametrize(
    ("states", "words"),
    [
        ({}, "needs blocks.0 to 2"),
        ({name: state[:1] for name, state in tuned("7").items()}, "not a tuned state of this model"),
        (tuned("7") | {"blocks.3.att.time_state": torch.zeros(HEADS, SIZE, SIZE)}, "not a tuned state of this model"),
    ],
    ids=["nothing", "other heads", "more layers"],
)
def test_states_that_do_not_fit_are_refused(states: dict[str, Tensor], words: str, tmp_path: Path) -> None:
    torch.save(random_weights("7"), tmp_path / "model.pth")
    torch.save(states, tmp_path / "state.pth")
    with pytest.raises(ModelError, match=words):
        load_model(tmp_path / "model.pth", tuned_state=tmp_path / "state.pth")
    with pytest.raises(ModelError, match="no tuned state"):
        load_model(tmp_path / "model.pth", tuned_state=tmp_path / "absent.pth")


def test_version_4_has_none(tmp_path: Path) -> None:
    torch.save(random_weights("4"), tmp_path / "model.pth")
    torch.save(tuned("4"), tmp_path / "state.pth")
    with pytest.raises(ModelError, match="RWKV-4 has no tuned states"):
        load_model(tmp_path / "model.pth", tuned_state=tmp_path / "state.pth")
