"""RWKV-4 "Dove": attention as an exponentially decaying average, kept in three vectors per layer.

Source: paper arXiv:2305.13048, section 3. T packed tokens, D width, F the width of the feed-forward part.
"""

import torch
from torch import Tensor

from bot.engine.kernels.packing import SIGMOID, SQUARED_RELU
from bot.engine.kernels.reference import wkv4
from bot.engine.models.network import Network, Weights
from bot.engine.rows import Rows
from bot.engine.state import State


class TimeMix:
    """Time mixing of one layer (equations 11 to 17)."""

    def __init__(self, weights: Weights, layer: int) -> None:
        att = weights.under(f"blocks.{layer}.att.")
        self.layer = layer
        mixes = (1 - att.vector(f"time_mix_{c}") for c in "rkv")  # the files store the share of the current token
        self.shift = att.shift_norm(weights.norms(layer)[0], *mixes)
        self.project = att.products({"receptance.weight": 0, "key.weight": 1, "value.weight": 2})
        self.decay = -torch.exp(att.vector("time_decay", fp32=True))  # log of the decay per step
        self.first = att.vector("time_first", fp32=True)
        self.output = att.linear("output.weight", rescale=layer)
        self.kernels = weights.placement.kernels

    def __call__(self, x: Tensor, delta: Tensor, state: State, rows: Rows) -> Tensor:
        """Add ``delta`` to the residual ``x``, both (T, D), and return the next delta."""
        mixed = self.shift(x, delta, state.tensors["att_x"][self.layer], rows)  # (3, T, D)
        rkv = self.project(mixed)  # (T, 3 D)
        aa, bb, pp = (state.tensors[name][self.layer] for name in ("aa", "bb", "pp"))
        if self.kernels == "triton":
            from bot.engine.cuda.time_mix4 import time_mix4 as time_mix4_cuda

            return self.output(time_mix4_cuda(rkv, self.decay, self.first, aa, bb, pp, rows))
        r, k, v = (part.float() for part in torch.split(rkv, x.shape[1], 1))
        y = torch.sigmoid(r) * wkv4(self.decay, self.first, k, v, aa, bb, pp, rows)
        return self.output(y.to(x.dtype))


class ChannelMix:
    """Channel mixing of one layer: squared ReLU between two matrices, with a gate (equations 18 to 20)."""

    def __init__(self, weights: Weights, layer: int) -> None:
        ffn = weights.under(f"blocks.{layer}.ffn.")
        self.layer = layer
        self.shift = ffn.shift_norm(weights.norms(layer)[1], *self.mixes(ffn))
        self.key = ffn.linear("key.weight", activation=SQUARED_RELU)
        self.receptance = ffn.linear("receptance.weight", activation=SIGMOID)
        self.value = ffn.linear("value.weight", rescale=layer)

    @staticmethod
    def mixes(ffn: Weights) -> tuple[Tensor, Tensor]:
        """The shares of the previous token, for the key and the receptance."""
        return 1 - ffn.vector("time_mix_k"), 1 - ffn.vector("time_mix_r")

    def __call__(self, x: Tensor, delta: Tensor, state: State, rows: Rows) -> Tensor:
        """Add ``delta`` to the residual ``x``, both (T, D), and return the next delta."""
        xk, xr = self.shift(x, delta, state.tensors["ffn_x"][self.layer], rows)
        return self.receptance(xr) * self.value(self.key(xk))


class RWKV4(Network):
    """The whole network."""

    def build(self, weights: Weights) -> None:
        """Take the layers' weights."""
        layers = range(self.spec.layers)
        self.time_mix = [TimeMix(weights, layer) for layer in layers]
        self.channel_mix = [ChannelMix(weights, layer) for layer in layers]

    def run(self, x: Tensor, tokens: Tensor, state: State, rows: Rows) -> Tensor:
        """Run all layers: ``x`` (T, D) embeddings; returns (T, D) before the last norm."""
        delta = torch.zeros_like(x)
        for layer in range(self.spec.layers):
            delta = self.time_mix[layer](x, delta, state, rows)
            delta = self.channel_mix[layer](x, delta, state, rows)
            x, delta = self.placement.halve(x, layer), self.placement.halve(delta, layer)
        return x + delta
