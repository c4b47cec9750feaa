"""What is measured follows from the options."""

from pathlib import Path

import pytest
import torch

from bot.engine.models.loading import load_model
from bot.engine.spec import SHAPES, Shape
from tests.engine.tensors import forward
from tools.api_overhead import DEMO, SHARPNESS, arguments, settings, write_sharp


def test_the_demo_model_is_measured_by_default(tmp_path: Path) -> None:
    config = settings(arguments().parse_args(["--streams", "32"]), tmp_path)
    assert (config.model.path, config.model.strategy) == (str(DEMO), "")
    rows = config.engine.rows
    assert rows - rows // 8 >= 32, "all streams run at once, though some rows are kept for other callers"
    assert rows < 40


def test_random_weights_of_a_shape_are_measured_with_a_precision(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(SHAPES, "0.1b", Shape(layers=1, width=64, vocab_size=65536))
    config = settings(arguments().parse_args(["--shape", "0.1B", "--precision", "int8"]), tmp_path)
    assert Path(config.model.path).parent == tmp_path
    assert Path(config.model.path).stat().st_size > 2 * 65536 * 64
    assert config.model.strategy == "cpu int8"


def test_the_logits_of_random_weights_are_as_sharp_as_a_trained_models(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(SHAPES, "0.1b", Shape(layers=1, width=64, vocab_size=512))
    model = load_model(write_sharp("7", "0.1b", tmp_path / "model.pth"))
    logits = forward(model, torch.tensor([5, 6, 7, 8]), [4], model.new_state(1), [0])
    assert abs(float(logits.std()) / SHARPNESS - 1) < 0.25


@pytest.mark.parametrize("wrong", [["model.pth", "--shape", "0.1b"], ["--shape", "tiny"], ["--precision", "int4"]])
def test_wrong_options_are_refused(wrong: list[str]) -> None:
    with pytest.raises(SystemExit):
        arguments().parse_args(wrong)
