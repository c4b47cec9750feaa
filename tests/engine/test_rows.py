"""The packed rows of a forward pass."""

import pytest
import torch

from bot.engine.models.loading import random_model
from bot.engine.rows import Rows
from tests.engine.tensors import tensors_of

CPU = torch.device("cpu")


def test_where_the_rows_stand() -> None:
    rows = Rows.pack([3, 1, 2], [4, 0, 2], CPU)
    assert rows.starts.tolist() == [0, 3, 4]
    assert rows.lasts.tolist() == [2, 3, 5]
    assert rows.slots.tolist() == [4, 0, 2]
    assert not rows.decode
    assert Rows.pack([1, 1], [1, 0], CPU).decode


def test_the_shift_looks_one_token_back_and_into_the_slot() -> None:
    previous = torch.arange(10.0).view(5, 2)
    x = torch.arange(100.0, 112.0).view(6, 2)
    shifted = Rows.pack([3, 1, 2], [4, 0, 2], CPU).shift(x, previous)
    assert shifted.tolist() == [[8, 9], [100, 101], [102, 103], [0, 1], [4, 5], [108, 109]]
    assert previous.tolist() == [[106, 107], [2, 3], [110, 111], [6, 7], [104, 105]]
    decoded = Rows.pack([1, 1], [1, 0], CPU).shift(x[:2], previous)
    assert decoded.tolist() == [[2, 3], [106, 107]]
    assert previous[:2].tolist() == [[102, 103], [100, 101]]


@pytest.mark.parametrize(
    ("lengths", "slots"), [([], []), ([0], [1]), ([1, -1], [0, 1]), ([1, 1], [2, 2]), ([1], [0, 1])], ids=str
)
def test_what_cannot_be_packed(lengths: list[int], slots: list[int]) -> None:
    with pytest.raises(ValueError, match="slot"):
        Rows.pack(lengths, slots, CPU)


def test_a_forward_checks_its_tokens() -> None:
    model = random_model()
    state = model.new_state(2)
    with pytest.raises(ValueError, match=r"3.* tokens for lengths that sum to 2"):
        model.forward(torch.tensor([1, 2, 3]), [2], state, [0])
    before = state.take(0)
    for bad in (320, -321):
        with pytest.raises(IndexError):
            model.forward(torch.tensor([bad]), [1], state, [0])
    assert all(torch.equal(tensor, tensors_of(before)[name]) for name, tensor in tensors_of(state.take(0)).items())
