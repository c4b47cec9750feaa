"""numpy's arrays and torch's tensors, one made from the other. torch is imported only where a tensor is at hand."""

import math
from typing import TYPE_CHECKING, Union

import numpy as np
from numpy.typing import DTypeLike, NDArray

from bot.engine.precisions import BFLOAT16

if TYPE_CHECKING:
    from torch import Tensor

Array = NDArray[np.generic]
AnyArray = Union[Array, "Tensor"]

CACHE_LINE = 64  # bytes


def host_array(numbers: AnyArray) -> Array:
    """As numpy has it; shares memory with a tensor that lies in the processor's memory."""
    if isinstance(numbers, np.ndarray):
        return numbers
    import torch

    tensor = numbers.detach().cpu()
    if tensor.dtype == torch.bfloat16:
        return tensor.contiguous().view(torch.int16).numpy().view(BFLOAT16)
    return tensor.numpy()


def as_tensor(numbers: AnyArray) -> "Tensor":
    """As torch has it; shares memory with an array."""
    import torch

    if isinstance(numbers, torch.Tensor):
        return numbers
    if numbers.dtype == BFLOAT16:
        return torch.from_numpy(np.ascontiguousarray(numbers).view(np.int16)).view(torch.bfloat16)
    return torch.from_numpy(numbers)


def copied(numbers: AnyArray) -> AnyArray:
    """An independent copy, where the original is."""
    return numbers.copy() if isinstance(numbers, np.ndarray) else numbers.clone()


def copied_like(numbers: AnyArray, model: AnyArray) -> AnyArray:
    """A copy of the kind, and where, ``model`` is."""
    if isinstance(model, np.ndarray):
        return host_array(numbers).copy()
    return as_tensor(numbers).to(model.device, copy=True)


def assign(target: AnyArray, place: tuple[slice | int, ...], numbers: AnyArray) -> None:
    """``target[place] = numbers``, whatever each of them is."""
    if isinstance(target, np.ndarray):
        target[place] = host_array(numbers)
    else:
        target[place] = as_tensor(numbers).to(target.device)


def aligned(shape: tuple[int, ...], dtype: DTypeLike) -> Array:
    """An empty array that begins where a cache line does: vectors that lie in two lines take twice as long to read."""
    kind = np.dtype(dtype)
    size = math.prod(shape) * kind.itemsize
    raw = np.empty(size + CACHE_LINE, np.uint8)
    begin = -raw.ctypes.data % CACHE_LINE
    return raw[begin : begin + size].view(kind).reshape(shape)
