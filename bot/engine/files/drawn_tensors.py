"""Random weights, drawn on access: a model of any size without a file and without a second copy."""

import hashlib
from collections.abc import Iterator, Mapping

import torch
from torch import Tensor

from bot.engine.files.random_weights import draw
from bot.engine.spec import ModelSpec, tensor_shapes


class DrawnTensors(Mapping[str, Tensor]):
    """The tensors of ``spec`` by name, each drawn on ``device`` on access; the same seed gives the same tensors."""

    def __init__(self, spec: ModelSpec, device: torch.device, dtype: torch.dtype, seed: int = 0) -> None:
        self._spec = spec
        self._shapes = tensor_shapes(spec)
        self._device, self._dtype = device, dtype
        self._seed = seed

    def __getitem__(self, name: str) -> Tensor:
        number = hashlib.sha256(f"{self._seed} {name}".encode()).digest()[:7]
        generator = torch.Generator(self._device).manual_seed(int.from_bytes(number, "big"))
        return draw(name, self._shapes[name], self._spec.version, generator).to(self._dtype)

    def __iter__(self) -> Iterator[str]:
        return iter(self._shapes)

    def __len__(self) -> int:
        return len(self._shapes)
