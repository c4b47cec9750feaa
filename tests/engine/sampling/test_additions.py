"""Numbers added to single logits."""

import numpy as np
import torch

from bot.engine.sampling.additions import SlotAdditions
from bot.engine.sampling.computed import logits_of


def test_each_slot_gets_its_own() -> None:
    additions = SlotAdditions()
    additions.put(4, np.array([1, 2]), np.array([5.0, -np.inf], np.float32))
    additions.put(0, np.array([2]), np.array([1.0], np.float32))
    for slots in ([0, 4, 7], [4, 0, 7], [7, 4, 0], [7]):
        logits = torch.zeros(len(slots), 3)
        additions.apply(logits_of(logits), np.array(slots))
        expected = {0: [0.0, 0.0, 1.0], 4: [0.0, 5.0, -torch.inf], 7: [0.0, 0.0, 0.0]}
        assert logits.tolist() == [expected[slot] for slot in slots]


def test_what_was_dropped_or_replaced_is_gone() -> None:
    additions = SlotAdditions()
    additions.put(0, np.array([1]), np.array([5.0], np.float32))
    additions.apply(logits_of(torch.zeros(1, 3)), np.array([0]))
    additions.put(0, np.array([2]), np.array([7.0], np.float32))
    logits = torch.zeros(1, 3)
    additions.apply(logits_of(logits), np.array([0]))
    assert logits.tolist() == [[0.0, 0.0, 7.0]]
    additions.drop(0)
    additions.drop(0)
    additions.apply(logits_of(logits), np.array([0]))
    assert logits.tolist() == [[0.0, 0.0, 7.0]]
