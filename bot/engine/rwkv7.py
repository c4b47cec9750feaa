"""RWKV-7 "Goose", and its variant 7a with DeepEmbed.

Source: paper arXiv:2503.14456, section 4. T packed tokens, D width, H heads of N channels, F the width of the
feed-forward part, V the vocabulary.
"""

import torch
import torch.nn.functional as F
from torch import Tensor

from bot.engine.kernels.reference import wkv7
from bot.engine.network import EPS_GROUP, Network, Weights
from bot.engine.rows import Rows
from bot.engine.spec import DEEP_EMBED
from bot.engine.state import State

DECAY_FLOOR = -0.606531  # -exp(-1/2): a decay is never below exp(-0.6065) = 0.545


class TimeMix:
    """Time mixing of one layer: reads and writes the matrix state by the generalised delta rule."""

    def __init__(self, weights: Weights, layer: int) -> None:
        att = weights.under(f"blocks.{layer}.att.")
        self.layer = layer
        self.heads, self.size = att.tensor("r_k").shape
        self.x_r, self.x_w, self.x_k, self.x_v, self.x_a, self.x_g = (att.vector(f"x_{c}") for c in "rwkvag")
        self.receptance, self.key = att.linear("receptance.weight"), att.linear("key.weight")
        self.value, self.output = att.linear("value.weight"), att.linear("output.weight")
        self.w0, self.w1, self.w2 = att.vector("w0", fp32=True), att.low_rank("w1"), att.low_rank("w2")
        self.a0, self.a1, self.a2 = att.vector("a0"), att.low_rank("a1"), att.low_rank("a2")
        self.g1, self.g2 = att.low_rank("g1"), att.low_rank("g2")
        if layer > 0:
            self.v0, self.v1, self.v2 = att.vector("v0"), att.low_rank("v1"), att.low_rank("v2")
        self.k_k, self.k_a, self.r_k = att.vector("k_k"), att.vector("k_a"), att.tensor("r_k")
        self.ln_weight, self.ln_bias = att.vector("ln_x.weight"), att.vector("ln_x.bias")

    def __call__(self, x: Tensor, v_first: Tensor | None, state: State, rows: Rows) -> tuple[Tensor, Tensor]:
        """``x`` (T, D) after the layer norm, ``v_first`` (T, D) layer 0's values; returns the output and v_first."""
        T, D = x.shape
        heads = (T, self.heads, self.size)
        dx = rows.shift(x, state.tensors["att_x"][self.layer]) - x
        xr, xw, xk, xv, xa, xg = (x + dx * mix for mix in (self.x_r, self.x_w, self.x_k, self.x_v, self.x_a, self.x_g))

        r = self.receptance(xr)
        k = self.key(xk)
        v = self.value(xv)
        w = torch.exp(DECAY_FLOOR * torch.sigmoid(self.w0 + self.w2(torch.tanh(self.w1(xw))).float()))
        a = torch.sigmoid(self.a0 + self.a2(self.a1(xa)))  # in-context learning rate
        g = self.g2(torch.sigmoid(self.g1(xg)))

        kk = F.normalize((k * self.k_k).view(heads), dim=-1)  # the key that is removed, of length 1
        k = k * (1 + (a - 1) * self.k_a)
        if v_first is None:
            v_first = v
        else:
            v = v + (v_first - v) * torch.sigmoid(self.v0 + self.v2(self.v1(xv)))

        r, k, v, a = r.view(heads), k.view(heads), v.view(heads), a.view(heads)
        y = wkv7(r, w.view(heads), k, v, -kk, kk * a, state.tensors["wkv"][self.layer], rows)
        y = F.group_norm(y.reshape(T, D), self.heads, self.ln_weight, self.ln_bias, EPS_GROUP).view(heads)
        y = y + (r * k * self.r_k).sum(-1, keepdim=True) * v  # bonus of the current token
        return self.output(y.reshape(T, D) * g), v_first


class ChannelMix:
    """Channel mixing of one layer: squared ReLU between two matrices. In 7a each token scales the hidden channels."""

    def __init__(self, weights: Weights, layer: int) -> None:
        ffn = weights.under(f"blocks.{layer}.ffn.")
        self.layer = layer
        self.x_k = ffn.vector("x_k")
        self.key, self.value = ffn.linear("key.weight"), ffn.linear("value.weight")
        self.deep = "s1" in ffn
        if self.deep:
            self.s0, self.s1, self.s2 = ffn.vector("s0"), ffn.low_rank("s1"), ffn.low_rank("s2")
            embedding = weights.normalised_embedding() @ ffn.tensor("s_emb_x.weight").T  # (V, 1024)
            self.s_emb = ffn.tensor("s_emb.weight") + embedding

    def __call__(self, x: Tensor, tokens: Tensor, state: State, rows: Rows) -> Tensor:
        """``x`` (T, D) after the layer norm, ``tokens`` (T,); returns (T, D)."""
        dx = rows.shift(x, state.tensors["ffn_x"][self.layer]) - x
        hidden = torch.relu(self.key(x + dx * self.x_k)) ** 2  # (T, F)
        if self.deep:
            own = self.s_emb[tokens].to(x.dtype).view(-1, DEEP_EMBED, DEEP_EMBED)
            scale = torch.bmm(self.s1(x).unsqueeze(1), own).squeeze(1)  # (T, 32)
            hidden = hidden * (self.s2(scale) + self.s0)
        return self.value(hidden)


class RWKV7(Network):
    """The whole network; see :class:`bot.engine.network.Network` for what the versions share."""

    def build(self, weights: Weights) -> None:
        """Take the layers' weights."""
        layers = range(self.spec.layers)
        self.time_mix = [TimeMix(weights, layer) for layer in layers]
        self.channel_mix = [ChannelMix(weights, layer) for layer in layers]
        self.norms = [weights.norms(layer) for layer in layers]

    def run(self, x: Tensor, tokens: Tensor, state: State, rows: Rows) -> Tensor:
        """All layers: ``x`` (T, D) embeddings, ``tokens`` (T,); returns (T, D) before the last norm."""
        v_first: Tensor | None = None
        for time_mix, channel_mix, (norm1, norm2) in zip(self.time_mix, self.channel_mix, self.norms, strict=True):
            y, v_first = time_mix(norm1(x), v_first, state, rows)
            x = x + y
            x = x + channel_mix(norm2(x), tokens, state, rows)
        return x
