"""RWKV-4 "Dove": the attention that is an exponentially decaying average, held in three vectors a layer.

Source: paper arXiv:2305.13048, section 3. T packed tokens, D width, F the width of the feed-forward part.
"""

import torch
from torch import Tensor

from bot.engine.kernels.reference import wkv4
from bot.engine.network import Network, Weights
from bot.engine.rows import Rows
from bot.engine.state import RowState, State

EMPTY = -1e30  # exponent of a sum that holds nothing yet


class TimeMix:
    """Time mixing of one layer (equations 11 to 17)."""

    def __init__(self, weights: Weights, layer: int) -> None:
        att = weights.under(f"blocks.{layer}.att.")
        self.layer = layer
        self.mix_k, self.mix_v, self.mix_r = (att.vector(f"time_mix_{c}") for c in "kvr")
        self.decay = -torch.exp(att.vector("time_decay", fp32=True))  # log of the decay per step
        self.first = att.vector("time_first", fp32=True)
        self.receptance, self.key = att.linear("receptance.weight"), att.linear("key.weight")
        self.value, self.output = att.linear("value.weight"), att.linear("output.weight", rescale=layer)

    def __call__(self, x: Tensor, state: State, rows: Rows) -> Tensor:
        """``x`` (T, D) after the layer norm; returns (T, D)."""
        previous = rows.shift(x, state.tensors["att_x"][self.layer])
        r = torch.sigmoid(self.receptance(torch.lerp(previous, x, self.mix_r)))
        k = self.key(torch.lerp(previous, x, self.mix_k)).float()
        v = self.value(torch.lerp(previous, x, self.mix_v)).float()
        aa, bb, pp = (state.tensors[name][self.layer] for name in ("aa", "bb", "pp"))
        return self.output(r * wkv4(self.decay, self.first, k, v, aa, bb, pp, rows).to(x.dtype))


class ChannelMix:
    """Channel mixing of one layer: squared ReLU between two matrices, under a gate (equations 18 to 20)."""

    def __init__(self, weights: Weights, layer: int) -> None:
        ffn = weights.under(f"blocks.{layer}.ffn.")
        self.layer = layer
        self.mix_k, self.mix_r = ffn.vector("time_mix_k"), ffn.vector("time_mix_r")
        self.receptance, self.key = ffn.linear("receptance.weight"), ffn.linear("key.weight")
        self.value = ffn.linear("value.weight", rescale=layer)

    def __call__(self, x: Tensor, state: State, rows: Rows) -> Tensor:
        """``x`` (T, D) after the layer norm; returns (T, D)."""
        previous = rows.shift(x, state.tensors["ffn_x"][self.layer])
        hidden = torch.relu(self.key(torch.lerp(previous, x, self.mix_k))) ** 2  # (T, F)
        gate = torch.sigmoid(self.receptance(torch.lerp(previous, x, self.mix_r)))
        return gate * self.value(hidden)


class RWKV4(Network):
    """The whole network."""

    def build(self, weights: Weights) -> None:
        """Take the layers' weights."""
        layers = range(self.spec.layers)
        self.time_mix = [TimeMix(weights, layer) for layer in layers]
        self.channel_mix = [ChannelMix(weights, layer) for layer in layers]
        self.norms = [weights.norms(layer) for layer in layers]

    def run(self, x: Tensor, tokens: Tensor, state: State, rows: Rows) -> Tensor:
        """All layers: ``x`` (T, D) embeddings; returns (T, D) before the last norm."""
        for layer, (norm1, norm2) in enumerate(self.norms):
            x = x + self.time_mix[layer](norm1(x), state, rows)
            x = x + self.channel_mix[layer](norm2(x), state, rows)
            x = self.placement.halve(x, layer)
        return x

    def initial_state(self) -> RowState:
        """Two token shifts, and numerator, denominator and exponent of the average: five vectors a layer."""
        shift = torch.zeros(self.spec.layers, self.spec.width, dtype=self.placement.state, device=self.device)
        total = torch.zeros(self.spec.layers, self.spec.width, dtype=torch.float32, device=self.device)
        average = {"aa": total, "bb": total.clone(), "pp": torch.full_like(total, EMPTY)}
        return RowState({"att_x": shift, **average, "ffn_x": shift.clone()})
