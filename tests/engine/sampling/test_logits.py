"""What changes logits is told apart by identity: a device keeps it for as long as it is used."""

import numpy as np

from bot.engine.sampling.logits import Additions, Columns


def test_equal_contents_are_not_the_same_thing() -> None:
    ids, values = np.array([1]), np.array([1.0], np.float32)
    assert Columns(ids) != Columns(ids)
    assert Additions(ids, ids, values) != Additions(ids, ids, values)
