"""A device runs out of memory: one clear line, and the engine continues."""

from pathlib import Path

import pytest
import torch

from bot.engine.files.random_weights import random_weights
from bot.engine.models import loading
from bot.engine.models.loading import load_model
from bot.engine.serving import loader
from bot.engine.settings import EngineSettings
from bot.engine.types import Request, SamplingParams
from bot.errors import ModelError
from tests.engine.toys import ToyModel, engine, run

FULL = torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB.\nSee documentation")
REQUEST = Request(tokens=(1, 2, 3), sampling=SamplingParams(max_tokens=3))


def test_a_step_that_does_not_fit_fails_its_replies_and_no_later_ones() -> None:
    toy = ToyModel()
    shared = engine(toy)
    toy.failure = FULL
    (outcome,) = run(shared, REQUEST)
    assert isinstance(outcome.error, ModelError)
    assert "cpu is out of memory" in str(outcome.error)
    assert "\n" not in str(outcome.error)
    toy.failure = None
    (outcome,) = run(shared, REQUEST)
    assert len(outcome.tokens) == 3


def test_weights_that_do_not_fit(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def build(*arguments: object, **named: object) -> None:
        raise FULL

    torch.save(random_weights("7"), tmp_path / "model.pth")
    monkeypatch.setattr(loading, "build_model", build)
    with pytest.raises(ModelError, match=r"out of memory: model\.pth did not fit"):
        load_model(tmp_path / "model.pth")


def test_states_that_do_not_fit(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def assemble(*arguments: object) -> None:
        raise FULL

    torch.save(random_weights("7"), tmp_path / "model.pth")
    monkeypatch.setattr(loader, "warm_up", lambda *arguments: None)
    monkeypatch.setattr(loader, "choose_tokenizer", lambda *arguments: None)
    monkeypatch.setattr(loader, "assemble", assemble)
    with pytest.raises(ModelError, match="the states of 9 rows did not fit"):
        loader.load(EngineSettings(model=tmp_path / "model.pth", rows=9))
