"""RWKV-5 "Eagle" in its three steps: 5.0 (a matrix state, one decay per head), 5.1 (and a gate), 5.2 (a decay per channel).

Source: paper arXiv:2404.05892, section 4.1 (it describes 5.2). T packed tokens, D width, H heads of N channels.
"""

import torch
import torch.nn.functional as F
from torch import Tensor

from bot.engine.kernels.reference import wkv6
from bot.engine.network import EPS_GROUP, Network, Weights
from bot.engine.rows import Rows
from bot.engine.rwkv4 import ChannelMix
from bot.engine.spec import ModelSpec
from bot.engine.state import State


class TimeMix:
    """Time mixing of one layer."""

    def __init__(self, weights: Weights, layer: int, spec: ModelSpec) -> None:
        att = weights.under(f"blocks.{layer}.att.")
        self.layer = layer
        self.heads, self.size = spec.heads, spec.head_size
        self.gated = spec.version != "5.0"
        self.mix_k, self.mix_v, self.mix_r = (att.vector(f"time_mix_{c}") for c in "kvr")
        self.decay = torch.exp(-torch.exp(self._per_channel(att.vector("time_decay", fp32=True)))).unsqueeze(0)
        self.bonus = self._per_channel(att.bonus())
        self.receptance, self.key = att.linear("receptance.weight"), att.linear("key.weight")
        self.value, self.output = att.linear("value.weight"), att.linear("output.weight", rescale=layer)
        if self.gated:
            self.mix_g, self.gate = att.vector("time_mix_g"), att.linear("gate.weight")
        self.ln_weight, self.ln_bias = att.vector("ln_x.weight", fp32=True), att.vector("ln_x.bias", fp32=True)

    def _per_channel(self, parameter: Tensor) -> Tensor:
        """(H,) or (H * N,) -> (H, N)."""
        return parameter.view(self.heads, -1).expand(self.heads, self.size).contiguous()

    def __call__(self, x: Tensor, state: State, rows: Rows) -> Tensor:
        """``x`` (T, D) after the layer norm; returns (T, D)."""
        T, D = x.shape
        heads = (T, self.heads, self.size)
        previous = rows.shift(x, state.tensors["att_x"][self.layer])
        r = self.receptance(torch.lerp(previous, x, self.mix_r)).float().view(heads)
        k = self.key(torch.lerp(previous, x, self.mix_k)).float().view(heads)
        v = self.value(torch.lerp(previous, x, self.mix_v)).float().view(heads)
        y = wkv6(r, self.decay, k, v, self.bonus, state.tensors["wkv"][self.layer], rows)
        y = F.group_norm(y.view(T, D), self.heads, self.ln_weight, self.ln_bias, EPS_GROUP).to(x.dtype)
        if self.gated:
            y = y * F.silu(self.gate(torch.lerp(previous, x, self.mix_g)))
        return self.output(y)


class RWKV5(Network):
    """The whole network."""

    def build(self, weights: Weights) -> None:
        """Take the layers' weights."""
        layers = range(self.spec.layers)
        self.time_mix = [TimeMix(weights, layer, self.spec) for layer in layers]
        self.channel_mix = [ChannelMix(weights, layer) for layer in layers]
        self.norms = [weights.norms(layer) for layer in layers]

    def run(self, x: Tensor, tokens: Tensor, state: State, rows: Rows) -> Tensor:
        """All layers: ``x`` (T, D) embeddings; returns (T, D) before the last norm."""
        for layer, (norm1, norm2) in enumerate(self.norms):
            x = x + self.time_mix[layer](norm1(x), state, rows)
            x = x + self.channel_mix[layer](norm2(x), state, rows)
            x = self.placement.halve(x, layer)
        return x
