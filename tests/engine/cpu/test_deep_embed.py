"""RWKV-7a: a token's result is the same alone and in a batch; test_fused compares the formulas."""

import numpy as np

from bot.engine.models.loading import random_model


def test_a_row_does_not_depend_on_its_mates() -> None:
    model = random_model("7a")
    tokens = [5, 80, 13, 300]
    alone, together = model.new_state(1), model.new_state(3)
    expected = model.forward(tokens, [4], alone, [0], full_output=True)
    found = model.forward([7, 9, *tokens], [2, 4], together, [2, 1], full_output=True)
    assert np.array_equal(np.asarray(found[2:]), np.asarray(expected))
