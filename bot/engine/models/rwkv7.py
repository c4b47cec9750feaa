"""RWKV-7 "Goose", and its variant 7a with DeepEmbed.

Source: paper arXiv:2503.14456, section 4. T packed tokens, D width, H heads of N channels, F the width of the
feed-forward part, V the vocabulary.
"""

import torch
import torch.nn.functional as F
from torch import Tensor

from bot.engine.kernels.packing import SIGMOID, SQUARED_RELU, TANH
from bot.engine.kernels.reference import wkv7
from bot.engine.models.network import EPS_GROUP, Network, Weights
from bot.engine.rows import Rows
from bot.engine.spec import DEEP_EMBED, ModelSpec
from bot.engine.state import State

DECAY_FLOOR = -0.606531  # -exp(-1/2): a decay is never below exp(-0.6065) = 0.545


class TimeMix:
    """Time mixing of one layer: reads and writes the matrix state by the generalised delta rule."""

    def __init__(self, weights: Weights, layer: int, spec: ModelSpec) -> None:
        att = weights.under(f"blocks.{layer}.att.")
        self.layer = layer
        self.heads, self.size = spec.heads, spec.head_size
        self.shift = att.shift_norm(weights.norms(layer)[0], *(att.vector(f"x_{c}") for c in "rkvwag"))
        xr, xk, xv, xw, xa, xg = range(6)
        self.project = att.products({"receptance.weight": xr, "key.weight": xk, "value.weight": xv})
        low = {"w1": xw, "a1": xa, "g1": xg} | ({"v1": xv} if layer > 0 else {})
        self.compress = att.compress(low, {"w1": TANH, "g1": SIGMOID})
        self.expand = att.expand(*(att.tensor(name.replace("1", "2")) for name in low))
        self.output = att.linear("output.weight")
        names = ("w0", "a0", "v0" if layer > 0 else "a0", "k_k", "k_a", "r_k", "ln_x.weight", "ln_x.bias")
        self.parameters = torch.stack([att.vector(name, fp32=True) for name in names])  # (8, D) float32
        self.kernels = weights.placement.kernels

    def __call__(self, x: Tensor, delta: Tensor, v_first: Tensor, state: State, rows: Rows) -> Tensor:
        """Add ``delta`` to the residual ``x``, both (T, D), and return the next delta.

        ``v_first`` (T, D) holds layer 0's values; layer 0 writes them.
        """
        mixed = self.shift(x, delta, state.tensors["att_x"][self.layer], rows)  # (6, T, D): r k v w a g
        rkv = self.project(mixed)  # (T, 3 D)
        low = self.expand(self.compress(mixed).unsqueeze(0))  # (T, 4 D): w a g v; layer 0 has no v
        wkv = state.tensors["wkv"][self.layer]
        if self.kernels == "triton":
            from bot.engine.cuda.time_mix7 import time_mix7 as time_mix7_cuda

            return self.output(time_mix7_cuda(rkv, low, self.parameters, v_first, wkv, rows))
        return self.output(self.mix(rkv, low, v_first, wkv, rows))

    def mix(self, rkv: Tensor, low: Tensor, v_first: Tensor, wkv: Tensor, rows: Rows) -> Tensor:
        """The computation between the matrix products; :mod:`bot.engine.kernels.time_mix7` is the fused version."""
        T, D = v_first.shape
        heads = (T, self.heads, self.size)
        w0, a0, v0, k_k, k_a, r_k, ln_weight, ln_bias = self.parameters
        r, k, v = (part.float() for part in torch.split(rkv, D, 1))
        low_w, low_a, g, *low_v = (part.float() for part in torch.split(low, D, 1))

        w = torch.exp(DECAY_FLOOR * torch.sigmoid(w0 + low_w))
        a = torch.sigmoid(a0 + low_a)  # in-context learning rate
        kk = F.normalize((k * k_k).view(heads), dim=-1)  # the key that is removed, of length 1
        k = k * (1 + (a - 1) * k_a)
        if low_v:
            v = v + (v_first.float() - v) * torch.sigmoid(v0 + low_v[0])
        else:
            v_first.copy_(v)

        r, k, v, a = r.view(heads), k.view(heads), v.view(heads), a.view(heads)
        y = wkv7(r, w.view(heads), k, v, -kk, kk * a, wkv, rows)
        y = F.group_norm(y.reshape(T, D), self.heads, ln_weight, ln_bias, EPS_GROUP).view(heads)
        y = y + (r * k * r_k.view(self.heads, self.size)).sum(-1, keepdim=True) * v  # bonus of the current token
        return torch.mul(y.reshape(T, D), g).to(v_first.dtype)


class ChannelMix:
    """Channel mixing of one layer: squared ReLU between two matrices. In 7a each token scales the hidden channels."""

    def __init__(self, weights: Weights, layer: int) -> None:
        ffn = weights.under(f"blocks.{layer}.ffn.")
        self.layer = layer
        self.shift = ffn.shift_norm(weights.norms(layer)[1], ffn.vector("x_k"))
        self.key = ffn.linear("key.weight", activation=SQUARED_RELU)
        self.value = ffn.linear("value.weight")
        self.deep = "s1" in ffn
        if self.deep:
            self.s0, self.s1, self.s2 = ffn.vector("s0"), ffn.low_rank("s1"), ffn.low_rank("s2")
            self.s_emb, self.s_emb_x = ffn.table("s_emb.weight"), ffn.linear("s_emb_x.weight")

    def __call__(self, x: Tensor, delta: Tensor, tokens: Tensor, embedded: Tensor, state: State, rows: Rows) -> Tensor:
        """Add ``delta`` to the residual ``x``, both (T, D), and return the next delta.

        Only used by 7a: ``tokens`` (T,) and their embeddings ``embedded`` (T, D), after the first norm.
        """
        (mixed,) = self.shift(x, delta, state.tensors["ffn_x"][self.layer], rows)
        hidden = self.key(mixed)  # (T, F), relu(...)^2
        if self.deep:
            own = (self.s_emb[tokens].to(x.dtype) + self.s_emb_x(embedded)).view(-1, DEEP_EMBED, DEEP_EMBED)
            scale = torch.bmm(self.s1(self.shift.norm(x)).unsqueeze(1), own).squeeze(1)  # (T, 32)
            hidden = hidden * (self.s2(scale) + self.s0)
        return self.value(hidden)


class RWKV7(Network):
    """The whole network; see :class:`bot.engine.models.network.Network` for what the versions share."""

    def build(self, weights: Weights) -> None:
        """Take the layers' weights."""
        layers = range(self.spec.layers)
        self.time_mix = [TimeMix(weights, layer, self.spec) for layer in layers]
        self.channel_mix = [ChannelMix(weights, layer) for layer in layers]

    def run(self, x: Tensor, tokens: Tensor, state: State, rows: Rows) -> Tensor:
        """Run all layers: ``x`` (T, D) embeddings, ``tokens`` (T,); returns (T, D) before the last norm."""
        embedded = x.clone() if self.spec.version == "7a" else x
        v_first, delta = torch.empty_like(x), torch.zeros_like(x)
        for time_mix, channel_mix in zip(self.time_mix, self.channel_mix, strict=True):
            delta = time_mix(x, delta, v_first, state, rows)
            delta = channel_mix(x, delta, tokens, embedded, state, rows)
        return x + delta
