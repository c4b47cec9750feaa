"""RWKV-6 "Finch": token shift and decay depend on the token.

Source: paper arXiv:2404.05892, section 4.2. T packed tokens, D width, H heads of N channels, F the width of the
feed-forward part, R the rank of the token shift.
"""

import torch
from torch import Tensor

from bot.engine.kernels.packing import TANH
from bot.engine.models.network import Network, Weights
from bot.engine.models.rwkv4 import ChannelMix as ChannelMix4
from bot.engine.models.rwkv5 import mix
from bot.engine.rows import Rows
from bot.engine.state import State


class TimeMix:
    """Time mixing of one layer."""

    def __init__(self, weights: Weights, layer: int) -> None:
        att = weights.under(f"blocks.{layer}.att.")
        self.layer = layer
        maa_x = att.vector("time_maa_x")
        self.shift = att.shift_norm(weights.norms(layer)[0], maa_x, torch.zeros_like(maa_x), torch.ones_like(maa_x))
        self.maa = torch.stack([att.vector(f"time_maa_{c}") for c in "wkvrg"])  # (5, D)
        self.maa_w1 = att.compress({"time_maa_w1": 0}, {"time_maa_w1": TANH})  # D -> 5 R
        self.maa_w2 = att.expand(*att.tensor("time_maa_w2"))  # five matrices R -> D
        xw, xk, xv, xr, xg = range(5)
        self.decay_w1 = att.compress({"time_decay_w1": xw}, {"time_decay_w1": TANH})
        self.decay_w2 = att.low_rank("time_decay_w2")
        sources = {"receptance.weight": xr, "key.weight": xk, "value.weight": xv, "gate.weight": xg}
        self.project = att.products(sources)
        self.output = att.linear("output.weight", rescale=layer)
        names = ("time_decay", "", "ln_x.weight", "ln_x.bias")
        self.parameters = torch.stack([att.vector(name, fp32=True) if name else att.bonus() for name in names])
        self.kernels = weights.placement.kernels

    def __call__(self, x: Tensor, delta: Tensor, state: State, rows: Rows) -> Tensor:
        """Add ``delta`` to the residual ``x``, both (T, D), and return the next delta."""
        shifted = self.shift(x, delta, state.tensors["att_x"][self.layer], rows)
        low = self.maa_w2(self.maa_w1(shifted).unsqueeze(0))  # (T, 5 D)
        mixed = self.blend(shifted, low)  # (5, T, D): w k v r g
        decay = self.decay_w2(self.decay_w1(mixed))  # (T, D)
        rkvg = self.project(mixed)  # (T, 4 D)
        wkv = state.tensors["wkv"][self.layer]
        return self.output(mix(rkvg, decay, self.parameters, wkv, rows, self.kernels))

    def blend(self, shifted: Tensor, low: Tensor) -> Tensor:
        """The five inputs (5, T, D): each token blended with the previous one, by a fixed and a token's own share."""
        _, T, D = shifted.shape
        _, y, before = shifted
        return torch.lerp(y, before, self.maa.unsqueeze(1) + low.view(T, 5, D).transpose(0, 1))


class ChannelMix(ChannelMix4):
    """Channel mixing of one layer: as in RWKV-4, but the files store the share of the previous token."""

    @staticmethod
    def mixes(ffn: Weights) -> tuple[Tensor, Tensor]:
        """The shares of the previous token, for the key and the receptance."""
        return ffn.vector("time_maa_k"), ffn.vector("time_maa_r")


class RWKV6(Network):
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
