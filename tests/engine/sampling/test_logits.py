"""Adjustments are compared by identity: a device keeps them for as long as they are used."""

import numpy as np

from bot.engine.sampling.logits import Additions, Columns


def test_equal_contents_are_not_the_same_thing() -> None:
    ids, values = np.array([1]), np.array([1.0], np.float32)
    assert Columns(ids) != Columns(ids)
    assert Additions(ids, ids, values) != Additions(ids, ids, values)
