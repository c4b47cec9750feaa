"""Which adjusters change a model's computed logits."""

import numpy as np
import torch

from bot.engine.sampling.computed import logits_of
from bot.engine.sampling.host_logits import HostLogits
from bot.engine.sampling.tensor_logits import TensorLogits


def test_numbers_in_memory_are_changed_where_they_are() -> None:
    for numbers in (np.zeros((1, 4), np.float32), torch.zeros(1, 4)):
        logits = logits_of(numbers)
        assert isinstance(logits, HostLogits)
        logits.force(0, 2)
        assert numbers[0].tolist() == [-np.inf, -np.inf, 0, -np.inf]


def test_a_devices_numbers_stay_there() -> None:
    assert isinstance(logits_of(torch.empty(1, 4, device="meta")), TensorLogits)
