"""Conversion between numpy arrays and torch tensors. torch is imported only if tensors are involved."""

import math
from typing import TYPE_CHECKING, Union

import numpy as np
from numpy.typing import DTypeLike, NDArray

from bot.engine.huge_pages import in_huge_pages
from bot.engine.precisions import BFLOAT16

if TYPE_CHECKING:
    from torch import Tensor

Array = NDArray[np.generic]
AnyArray = Union[Array, "Tensor"]


def host_array(numbers: AnyArray) -> Array:
    """Convert to a numpy array; shares memory with a tensor in CPU memory."""
    if isinstance(numbers, np.ndarray):
        return numbers
    import torch

    tensor = numbers.detach().cpu()
    if tensor.dtype == torch.bfloat16:
        return tensor.contiguous().view(torch.int16).numpy().view(BFLOAT16)
    return tensor.numpy()


def as_tensor(numbers: AnyArray) -> "Tensor":
    """Convert to a torch tensor; shares memory with an array."""
    import torch

    if isinstance(numbers, torch.Tensor):
        return numbers
    if numbers.dtype == BFLOAT16:
        return torch.from_numpy(np.ascontiguousarray(numbers).view(np.int16)).view(torch.bfloat16)
    return torch.from_numpy(numbers)


def copied(numbers: AnyArray) -> AnyArray:
    """Return an independent copy on the same device."""
    return numbers.copy() if isinstance(numbers, np.ndarray) else numbers.clone()


def copied_like(numbers: AnyArray, model: AnyArray) -> AnyArray:
    """Copy ``numbers`` to the array type and device of ``model``."""
    if isinstance(model, np.ndarray):
        return host_array(numbers).copy()
    return as_tensor(numbers).to(model.device, copy=True)


def assign(target: AnyArray, place: tuple[slice | int, ...], numbers: AnyArray) -> None:
    """Assign ``target[place] = numbers`` for any combination of arrays and tensors."""
    if isinstance(target, np.ndarray):
        target[place] = host_array(numbers)
    else:
        target[place] = as_tensor(numbers).to(target.device)


def aligned(shape: tuple[int, ...], dtype: DTypeLike) -> Array:
    """Return an empty array aligned to a cache line: vectors that straddle two lines take twice as long to read."""
    kind = np.dtype(dtype)
    size = math.prod(shape) * kind.itemsize
    return in_huge_pages(size).view(kind).reshape(shape)
