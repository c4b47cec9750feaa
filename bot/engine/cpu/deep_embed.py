"""RWKV-7a on the CPU, layer by layer: DeepEmbed gives each token its own small matrix in every layer.

The formulas are in :mod:`bot.engine.models.rwkv7`.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bot.engine.arrays import Array
from bot.engine.cpu.cpu_weights import CpuWeights
from bot.engine.cpu.fused import Ending, FusedModel, Widths
from bot.engine.cpu.versions import POOLS, time7
from bot.engine.kernels.model7 import LAYER_PHASES, model7, time_alone
from bot.engine.kernels.threads import team
from bot.engine.kernels.token_shift import SHIFT_PHASES, normalize_all, shift_alone
from bot.engine.linear import SQUARED_RELU, Products
from bot.engine.row_places import Places
from bot.engine.spec import DEEP_EMBED
from bot.engine.state import State

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class DeepChannel:
    """The channel mixing of one layer, where each token scales the hidden channels."""

    norm: tuple[Floats, Floats, Floats]  # weight, bias, (1, D) mixes
    key: Products
    value: Products
    s0: Floats  # (F,)
    s1: Products
    s2: Products
    s_emb: Array  # (V, 32 * 32), mapped from the file
    s_emb_x: Products

    def __call__(
        self, x: Floats, delta: Floats, tokens: Ints, embedded: Floats, previous: Floats, places: Places
    ) -> Floats:
        """Add ``delta`` to the residual ``x``, both (T, D), and return the next delta.

        ``tokens`` (T,) and their embeddings ``embedded`` (T, D), after the first norm.
        """
        mixed, normed = np.empty((1, *x.shape), np.float32), np.empty_like(x)
        team().run(shift_alone, SHIFT_PHASES, x, delta, self.norm, previous, places, normed, mixed, alone=True)
        hidden = self.key(mixed)  # (T, F), relu(...)^2
        own = self.s_emb[tokens].astype(np.float32) + self.s_emb_x(embedded[None])
        scale = np.einsum("ti,tij->tj", self.s1(normed[None]), own.reshape(-1, DEEP_EMBED, DEEP_EMBED), optimize=False)
        hidden *= self.s2(scale[None]) + self.s0
        return self.value(hidden[None])


class DeepModel:
    """The whole network."""

    def __init__(self, weights: CpuWeights, ending: Ending) -> None:
        spec = ending.spec
        time, inner = time7(weights, spec)
        widths = Widths(6, project=3 * spec.width, inner=inner, low=4 * spec.width, v_first=True)
        self._ending = ending
        self._time = FusedModel(ending, model7, LAYER_PHASES, POOLS, time, None, widths)
        self._channels = [_channel(weights, layer) for layer in range(spec.layers)]

    def run(self, x: Floats, tokens: Ints, state: State, places: Places, chosen: Ints, *, alone: bool) -> Floats:
        """Compute the logits of the ``chosen`` tokens from embeddings ``x`` (T, D); see :class:`FusedModel`."""
        embedded, delta = x.copy(), np.zeros_like(x)
        pools = tuple(state.host(name) for name in POOLS)
        scratch = self._time.scratch(len(x))
        for layer, channel in enumerate(self._channels):
            arguments = (layer, x, delta, pools, places, self._time.time, scratch)
            team().run(time_alone, LAYER_PHASES, *arguments, alone=alone)
            delta = channel(x, delta, tokens, embedded, pools[2][layer], places)
        last = (x + delta)[chosen]
        normed = np.empty_like(last)
        normalize_all(last, *self._ending.norm, normed)
        return self._ending.head(normed[None])


def _channel(weights: CpuWeights, layer: int) -> DeepChannel:
    at = f"blocks.{layer}.ffn."
    return DeepChannel(
        norm=(*weights.norm(f"blocks.{layer}.ln2"), weights.vectors([f"{at}x_k"])),
        key=weights.product(f"{at}key.weight", SQUARED_RELU),
        value=weights.product(f"{at}value.weight"),
        s0=weights.vector(f"{at}s0"),
        s1=weights.expand([f"{at}s1"]),
        s2=weights.expand([f"{at}s2"]),
        s_emb=weights.table(f"{at}s_emb.weight"),
        s_emb_x=weights.product(f"{at}s_emb_x.weight"),
    )
