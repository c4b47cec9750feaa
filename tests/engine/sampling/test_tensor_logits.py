"""Logits on a device; test_host_logits compares every change with the one in memory."""

import numpy as np
import torch

from bot.engine.sampling.logits import Columns
from bot.engine.sampling.tensor_logits import TensorLogits


def test_what_is_needed_at_every_step_is_sent_to_the_device_once() -> None:
    columns = Columns(np.array([1]))
    logits = TensorLogits(torch.zeros(1, 3))
    logits.ban_columns(columns)
    kept = columns.kept
    assert kept is not None
    TensorLogits(torch.zeros(1, 3)).ban_columns(columns)
    assert columns.kept is kept
