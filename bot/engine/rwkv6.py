"""RWKV-6 "Finch": token shift and decay depend on the token.

Source: paper arXiv:2404.05892, section 4.2. T packed tokens, D width, H heads of N channels, F the width of the
feed-forward part, R the rank of the token shift.
"""

import torch
import torch.nn.functional as F
from torch import Tensor

from bot.engine.kernels.reference import wkv6
from bot.engine.network import EPS_GROUP, Network, Weights
from bot.engine.rows import Rows
from bot.engine.spec import ModelSpec
from bot.engine.state import State


class TimeMix:
    """Time mixing of one layer."""

    def __init__(self, weights: Weights, layer: int, spec: ModelSpec) -> None:
        att = weights.under(f"blocks.{layer}.att.")
        self.layer = layer
        self.heads, self.size = spec.heads, spec.head_size
        self.maa_x = att.vector("time_maa_x")
        self.maa = torch.stack([att.vector(f"time_maa_{c}") for c in "wkvrg"]).unsqueeze(1)  # (5, 1, D)
        self.maa_w1 = att.low_rank("time_maa_w1")  # D -> 5 R
        self.maa_w2 = att.tensor("time_maa_w2")  # (5, R, D)
        self.decay = att.vector("time_decay", fp32=True)
        self.decay_w1, self.decay_w2 = att.low_rank("time_decay_w1"), att.low_rank("time_decay_w2")
        self.bonus = att.bonus().view(self.heads, self.size)
        self.receptance, self.key = att.linear("receptance.weight"), att.linear("key.weight")
        self.value, self.gate = att.linear("value.weight"), att.linear("gate.weight")
        self.output = att.linear("output.weight", rescale=layer)
        self.ln_weight, self.ln_bias = att.vector("ln_x.weight", fp32=True), att.vector("ln_x.bias", fp32=True)

    def __call__(self, x: Tensor, state: State, rows: Rows) -> Tensor:
        """``x`` (T, D) after the layer norm; returns (T, D)."""
        T, D = x.shape
        heads = (T, self.heads, self.size)
        dx = rows.shift(x, state.tensors["att_x"][self.layer]) - x
        low = torch.tanh(self.maa_w1(x + dx * self.maa_x)).view(T, 5, -1).transpose(0, 1)  # (5, T, R)
        xw, xk, xv, xr, xg = x + dx * (self.maa + torch.bmm(low, self.maa_w2))  # each (T, D)

        r = self.receptance(xr).float().view(heads)
        k = self.key(xk).float().view(heads)
        v = self.value(xv).float().view(heads)
        g = F.silu(self.gate(xg))
        w = self.decay + self.decay_w2(torch.tanh(self.decay_w1(xw))).float()
        w = torch.exp(-torch.exp(w)).view(heads)

        y = wkv6(r, w, k, v, self.bonus, state.tensors["wkv"][self.layer], rows)
        y = F.group_norm(y.view(T, D), self.heads, self.ln_weight, self.ln_bias, EPS_GROUP).to(x.dtype)
        return self.output(y * g)


class ChannelMix:
    """Channel mixing of one layer: squared ReLU between two matrices, under a gate."""

    def __init__(self, weights: Weights, layer: int) -> None:
        ffn = weights.under(f"blocks.{layer}.ffn.")
        self.layer = layer
        self.maa_k, self.maa_r = ffn.vector("time_maa_k"), ffn.vector("time_maa_r")
        self.receptance, self.key = ffn.linear("receptance.weight"), ffn.linear("key.weight")
        self.value = ffn.linear("value.weight", rescale=layer)

    def __call__(self, x: Tensor, state: State, rows: Rows) -> Tensor:
        """``x`` (T, D) after the layer norm; returns (T, D)."""
        dx = rows.shift(x, state.tensors["ffn_x"][self.layer]) - x
        hidden = torch.relu(self.key(x + dx * self.maa_k)) ** 2  # (T, F)
        return torch.sigmoid(self.receptance(x + dx * self.maa_r)) * self.value(hidden)


class RWKV6(Network):
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
