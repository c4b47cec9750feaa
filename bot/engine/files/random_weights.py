"""Models with random weights, for tests and benchmarks."""

import math

import torch
from torch import Tensor

from bot.engine.spec import SHAPES, Shape, make_spec, tensor_shapes


def random_weights(
    version: str, shape: str | Shape = "tiny", *, seed: int = 0, dtype: torch.dtype = torch.float32
) -> dict[str, Tensor]:
    """Weights of a model of ``version`` and ``shape`` (a name in ``SHAPES`` or a :class:`Shape`), by name.

    They are scaled so that activations stay near one in every layer and every term of the formulas matters: decays
    between fast and slow, gates neither open nor shut.
    """
    spec = make_spec(version, SHAPES[shape] if isinstance(shape, str) else shape)
    generator = torch.Generator().manual_seed(seed)
    return {name: draw(name, size, version, generator).to(dtype) for name, size in tensor_shapes(spec).items()}


def draw(name: str, size: tuple[int, ...], version: str, generator: torch.Generator) -> Tensor:
    """Draw one tensor of a model, float32, on the generator's device."""

    def normal() -> Tensor:
        return torch.randn(size, generator=generator, device=generator.device)

    def uniform() -> Tensor:
        return torch.rand(size, generator=generator, device=generator.device)

    part = name.rsplit(".", 1)[-1] if not name.endswith(("weight", "bias")) else ".".join(name.split(".")[-2:])
    if part.startswith("ln"):
        noise = normal() * 0.1
        return noise + 1 if part.endswith("weight") else noise
    if part.startswith(("time_mix", "x_")) or (part.startswith("time_maa") and part[-1] not in "12"):
        return uniform()
    if part == "time_decay":
        return uniform() * 7 - 6  # exp(-exp(-6 .. 1)): from 0.998 down to 0.07
    if part in ("k_k", "k_a"):
        return uniform() + 0.5
    if part == "w0":
        return normal() * 2 - 2
    if part in ("s1", "s_emb.weight"):
        return normal() * 0.2
    if len(size) == 1 or part in ("time_faaaa", "r_k"):
        return normal() * 0.3
    # Products are x @ W.T for "...weight" (out, in), and x @ W for the small ones (in, out).
    inputs = size[-1] if part.endswith("weight") else size[-2]
    return normal() / math.sqrt(inputs)
