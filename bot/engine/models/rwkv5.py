"""RWKV-5 "Eagle" in three steps: 5.0 (matrix state, one decay per head), 5.1 (adds a gate), 5.2 (decay per channel).

Source: paper arXiv:2404.05892, section 4.1 (it describes 5.2). T packed tokens, D width, H heads of N channels.
"""

import torch
import torch.nn.functional as F
from torch import Tensor

from bot.engine.kernels.reference import wkv6
from bot.engine.models.network import EPS_GROUP, Network, Weights
from bot.engine.models.rwkv4 import ChannelMix
from bot.engine.placement import Kernels
from bot.engine.rows import Rows
from bot.engine.spec import ModelSpec
from bot.engine.state import State


class TimeMix:
    """Time mixing of one layer."""

    def __init__(self, weights: Weights, layer: int, spec: ModelSpec) -> None:
        att = weights.under(f"blocks.{layer}.att.")
        self.layer = layer
        self.heads, self.size = spec.heads, spec.head_size
        letters = "rkv" if spec.version == "5.0" else "rkvg"  # 5.0 has no gate
        mixes = (1 - att.vector(f"time_mix_{c}") for c in letters)  # the files store the share of the current token
        self.shift = att.shift_norm(weights.norms(layer)[0], *mixes)
        matrices = ("receptance.weight", "key.weight", "value.weight", "gate.weight")[: len(letters)]
        self.project = att.products({name: source for source, name in enumerate(matrices)})
        self.output = att.linear("output.weight", rescale=layer)
        channels = [self._per_channel(att.vector("time_decay", fp32=True)), self._per_channel(att.bonus())]
        norm = [att.vector("ln_x.weight", fp32=True), att.vector("ln_x.bias", fp32=True)]
        self.parameters = torch.stack([part.flatten() for part in channels + norm])  # (4, D) float32
        self.kernels = weights.placement.kernels

    def _per_channel(self, parameter: Tensor) -> Tensor:
        """(H,) or (H * N,) -> (H, N)."""
        return parameter.view(self.heads, -1).expand(self.heads, self.size).contiguous()

    def __call__(self, x: Tensor, delta: Tensor, state: State, rows: Rows) -> Tensor:
        """Add ``delta`` to the residual ``x``, both (T, D), and return the next delta."""
        mixed = self.shift(x, delta, state.tensors["att_x"][self.layer], rows)
        rkvg = self.project(mixed)  # (T, 4 D), or (T, 3 D) without a gate
        return self.output(mix(rkvg, None, self.parameters, state.tensors["wkv"][self.layer], rows, self.kernels))


def mix(rkvg: Tensor, decay: Tensor | None, parameters: Tensor, wkv: Tensor, rows: Rows, kernels: Kernels) -> Tensor:
    """The computation between the matrix products of RWKV-5 and RWKV-6.

    ``rkvg`` (T, 4 D) or (T, 3 D); ``decay`` (T, D): the token's addition to the decay (RWKV-6); ``parameters`` (4, D):
    decay, bonus, and the norm's weight and bias; ``wkv`` (slots, H, N, N) is advanced in place. Returns (T, D) in the
    type of ``rkvg``.
    """
    T, D = len(rkvg), parameters.shape[1]
    H, N = wkv.shape[1:3]
    if kernels == "triton":
        from bot.engine.cuda.time_mix6 import time_mix6 as time_mix6_cuda

        return time_mix6_cuda(rkvg, decay, parameters, wkv, rows)
    r, k, v, *gate = (part.float() for part in torch.split(rkvg, D, 1))
    w, bonus, ln_weight, ln_bias = parameters
    w = w.unsqueeze(0) if decay is None else w + decay.float()
    w = torch.exp(-torch.exp(w)).view(-1, H, N)
    y = wkv6(r.view(T, H, N), w, k.view(T, H, N), v.view(T, H, N), bonus.view(H, N), wkv, rows)
    y = F.group_norm(y.view(T, D), H, ln_weight, ln_bias, EPS_GROUP)
    return (y * F.silu(gate[0]) if gate else y).to(rkvg.dtype)


class RWKV5(Network):
    """The whole network."""

    def build(self, weights: Weights) -> None:
        """Take the layers' weights."""
        layers = range(self.spec.layers)
        self.time_mix = [TimeMix(weights, layer, self.spec) for layer in layers]
        self.channel_mix = [ChannelMix(weights, layer) for layer in layers]

    def run(self, x: Tensor, tokens: Tensor, state: State, rows: Rows) -> Tensor:
        """Run all layers: ``x`` (T, D) embeddings; returns (T, D) before the last norm."""
        delta = torch.zeros_like(x)
        for layer in range(self.spec.layers):
            delta = self.time_mix[layer](x, delta, state, rows)
            delta = self.channel_mix[layer](x, delta, state, rows)
            x, delta = self.placement.halve(x, layer), self.placement.halve(delta, layer)
        return x + delta
