"""Conversion between arrays and tensors."""

import numpy as np
import pytest
import torch

from bot.engine.arrays import aligned, as_tensor, assign, copied, copied_like, host_array
from bot.engine.huge_pages import CACHE_LINE
from bot.engine.precisions import BFLOAT16


@pytest.mark.parametrize("dtype", [torch.float32, torch.float16, torch.bfloat16, torch.int8, torch.int64])
def test_there_and_back_share_their_memory(dtype: torch.dtype) -> None:
    tensor = torch.arange(6).to(dtype).reshape(2, 3)
    array = host_array(tensor)
    assert host_array(array) is array
    assert as_tensor(tensor) is tensor
    assert torch.equal(as_tensor(array), tensor)
    array[0, 0] = 5
    assert float(tensor[0, 0]) == 5


def test_copies_are_independent_and_of_the_kind_that_is_asked_for() -> None:
    array, tensor = np.ones(3, np.float32), torch.ones(3)
    for one in (array, tensor):
        assert type(copied(one)) is type(one)
        for model in (array, tensor):
            copy = copied_like(one, model)
            assert type(copy) is type(model)
            host_array(copy)[0] = 7
    assert array.tolist() == tensor.tolist() == [1, 1, 1]


def test_assigning_across_kinds() -> None:
    array, tensor = np.zeros((2, 3), np.float32), torch.zeros(2, 3)
    assign(array, (slice(None), 1), torch.ones(2))
    assign(tensor, (slice(None), 1), np.ones(2, np.float32))
    assert array.tolist() == tensor.tolist() == [[0, 1, 0], [0, 1, 0]]


@pytest.mark.parametrize("shape", [(1,), (3, 5), (1000, 7)])
def test_memory_begins_at_a_cache_line(shape: tuple[int, ...]) -> None:
    for dtype in (np.float32, BFLOAT16, np.int8):
        array = aligned(shape, dtype)
        assert array.shape == shape
        assert array.ctypes.data % CACHE_LINE == 0
        assert array.flags.writeable
    assert aligned((0, 4), np.float32).shape == (0, 4)
