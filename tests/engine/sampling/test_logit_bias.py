"""Biases and bans of single tokens."""

import numpy as np
import torch

from bot.engine.sampling.adjuster import RowStart
from bot.engine.sampling.computed import logits_of
from bot.engine.sampling.logit_bias import LogitBias
from bot.engine.types import SamplingParams


def applied(adjuster: LogitBias, slots: list[int]) -> torch.Tensor:
    logits = torch.ones(len(slots), 10)
    adjuster.apply(logits_of(logits), np.array(slots))
    return logits


def test_a_bias_is_added_and_a_ban_is_final() -> None:
    adjuster = LogitBias()
    adjuster.admit(1, RowStart(params=SamplingParams(logit_bias=((3, 2.0), (3, 1.0), (4, 5.0)), banned_tokens=(4, 4))))
    adjuster.admit(0, RowStart())
    logits = applied(adjuster, [0, 1])
    assert (logits[0] == 1.0).all()
    assert logits[1, 3] == 4.0
    assert logits[1, 4] == -torch.inf
    assert (logits[1, :3] == 1.0).all()


def test_rows_may_change_places_come_and_go() -> None:
    adjuster = LogitBias()
    adjuster.admit(1, RowStart(params=SamplingParams(banned_tokens=(7,))))
    assert [row.isinf().any().item() for row in applied(adjuster, [1, 0])] == [True, False]
    assert [row.isinf().any().item() for row in applied(adjuster, [0, 1])] == [False, True]
    adjuster.release(1)
    adjuster.admit(1, RowStart())
    assert not applied(adjuster, [0, 1]).isinf().any()
