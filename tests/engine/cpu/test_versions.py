"""Parameters per head; test_fused and test_exactness check that each version is computed correctly."""

import numpy as np
import pytest

from bot.engine.cpu.cpu_model import CpuModel
from bot.engine.cpu.fused import FusedModel
from bot.engine.cpu.versions import by_head
from bot.engine.models.loading import random_model


def test_parameters_by_head() -> None:
    parameters = np.arange(12, dtype=np.float32).reshape(2, 6)
    assert by_head(parameters, 3).tolist() == [[[0, 1], [6, 7]], [[2, 3], [8, 9]], [[4, 5], [10, 11]]]
    assert by_head(parameters, 3).flags.c_contiguous


@pytest.mark.parametrize(("version", "inputs"), [("4", 3), ("5.0", 3), ("5.2", 4), ("6", 5), ("7", 6)])
def test_the_scratch_has_room_for_every_input(version: str, inputs: int) -> None:
    model = random_model(version)
    assert isinstance(model, CpuModel)
    assert isinstance(model.layers, FusedModel)
    scratch = model.layers.scratch(3)
    assert scratch.mixed.shape == (inputs, 3, model.spec.width)
    assert scratch.hidden.shape == (1, 3, model.spec.ffn_width)
