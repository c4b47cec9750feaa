"""The trainable RWKV-7: parameters by checkpoint name, the official initialisation, a forward for autograd."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from training.kernel import HEAD_SIZE, FusedRecurrence
from training.recurrence import chunked_form

DECAY_SCALE = -math.exp(-0.5)
"""w = exp(DECAY_SCALE * sigmoid(.)): the decay stays above exp(-0.6065) = 0.545."""


@dataclass(frozen=True, slots=True)
class Shape:
    """The sizes of a model. Head size is 64, the feed-forward width 4 * width, as RWKV-7 programs expect."""

    vocabulary: int = 6144
    width: int = 256
    layers: int = 5
    rank_decay: int = 32
    rank_learning: int = 32
    rank_value: int = 32
    rank_gate: int = 64

    @property
    def heads(self) -> int:
        """Heads of the recurrence."""
        return self.width // HEAD_SIZE


LARGER = Shape(width=384, layers=4)
"""What a CUDA device trains, on several times as many tokens: 10 million parameters, 20 MB in half precision."""


def _ramps(shape: Shape, layer: int) -> tuple[Tensor, Tensor, Tensor, float, float]:
    """Per-channel ramps of the official initialisation: position, zigzag in a head, centred line, two layer ratios."""
    D = shape.width
    n = torch.arange(D, dtype=torch.float32)
    half = (HEAD_SIZE - 1) / 2
    zigzag = (n % HEAD_SIZE - half) / half
    to_one = layer / max(shape.layers - 1, 1)
    to_zero = 1.0 - layer / shape.layers
    return n / D, zigzag * zigzag.abs(), n / (D - 1) - 0.5, to_one, to_zero


def _orthogonal(rows: int, columns: int, gain: float) -> Tensor:
    return nn.init.orthogonal_(torch.empty(rows, columns), gain=gain)


def _uniform(rows: int, columns: int, bound: float) -> Tensor:
    return torch.empty(rows, columns).uniform_(-bound, bound)


def _attention_parameters(shape: Shape, layer: int) -> dict[str, Tensor]:
    D, bound = shape.width, shape.width**-0.5
    position, zigzag, line, to_one, to_zero = _ramps(shape, layer)
    n = torch.arange(D, dtype=torch.float32)
    speed = -6 + 6 * (n / (D - 1)) ** (1 + to_one**0.3)
    one = (1, 1, D)
    p: dict[str, Tensor] = {}
    for name, power in {"r": 0.2, "w": 0.9, "k": 0.7, "v": 0.7, "a": 0.9, "g": 0.2}.items():
        p[f"x_{name}"] = (1 - position ** (power * to_zero)).view(one)
    p["w0"] = (speed + 0.5 + zigzag * 2.5).view(one)
    p["a0"] = (-0.19 + zigzag * 0.3 + line * 0.4).view(one)
    ranks = {"w": shape.rank_decay, "a": shape.rank_learning, "g": shape.rank_gate}
    if layer > 0:
        p["v0"] = (0.73 - line * 0.4).view(one)
        ranks["v"] = shape.rank_value
    for name, rank in ranks.items():
        p[f"{name}1"] = torch.zeros(D, rank)
        p[f"{name}2"] = _orthogonal(rank, D, 0.1)
    p["k_k"] = (0.71 - line * 0.1).view(one)
    p["k_a"] = torch.full(one, 1.02)
    p["r_k"] = torch.full((shape.heads, HEAD_SIZE), -0.04)
    p["receptance.weight"] = _uniform(D, D, 0.5 * bound)
    p["key.weight"] = _uniform(D, D, 0.05 * bound)
    p["value.weight"] = _uniform(D, D, 0.5 * bound)
    p["output.weight"] = torch.zeros(D, D)
    p["ln_x.weight"] = torch.full((D,), ((1 + layer) / shape.layers) ** 0.7)
    p["ln_x.bias"] = torch.zeros(D)
    return p


def initial_parameters(shape: Shape) -> dict[str, Tensor]:
    """Draw all parameters as the official RWKV-7 training does, from torch's global generator.

    One difference: `head.weight` and `emb.weight` are one matrix (ln0 normalises what is read from it). A token is
    then written in the same direction as it is read, which makes copying unseen names far easier to learn.
    """
    D = shape.width
    p: dict[str, Tensor] = {"emb.weight": torch.randn(shape.vocabulary, D) * 0.02}
    for layer in range(shape.layers):
        block = f"blocks.{layer}."
        for name in ("ln0", "ln1", "ln2") if layer == 0 else ("ln1", "ln2"):
            p[f"{block}{name}.weight"], p[f"{block}{name}.bias"] = torch.ones(D), torch.zeros(D)
        p |= {f"{block}att.{name}": value for name, value in _attention_parameters(shape, layer).items()}
        position, _, _, _, to_zero = _ramps(shape, layer)
        p[f"{block}ffn.x_k"] = (1 - position ** (to_zero**4)).view(1, 1, D)
        p[f"{block}ffn.key.weight"] = _uniform(4 * D, D, 0.5 * D**-0.5)
        p[f"{block}ffn.value.weight"] = torch.zeros(D, 4 * D)
    p["ln_out.weight"], p["ln_out.bias"] = torch.ones(D), torch.zeros(D)
    return p


Recurrence = Callable[[Tensor, Tensor, Tensor, Tensor, Tensor, Tensor, Tensor], tuple[Tensor, Tensor]]
"""A form of the recurrence: takes and returns what `training.recurrence.step_form` does."""


def fastest_form(device: torch.device) -> Recurrence:
    """A fused kernel on a CPU or with CUDA, else the chunked form."""
    if device.type == "cpu":
        return cast(Recurrence, FusedRecurrence.apply)
    if device.type == "cuda":
        from training.gpu_kernel import GpuRecurrence  # needs Triton

        return cast(Recurrence, GpuRecurrence.apply)
    return chunked_form


class Network(nn.Module):
    """RWKV-7 over whole windows, each starting from the zero state."""

    def __init__(
        self, shape: Shape, parameters: dict[str, Tensor] | None = None, recurrence: Recurrence | None = None
    ) -> None:
        """Use the given parameters (checkpoint names) or draw initial ones; None is the fastest recurrence."""
        super().__init__()
        self.shape = shape
        self.form = recurrence
        values = initial_parameters(shape) if parameters is None else parameters
        self.table = nn.ParameterDict({n.replace(".", "/"): nn.Parameter(v.float()) for n, v in values.items()})

    def named(self) -> dict[str, Tensor]:
        """Return the parameters under their checkpoint names, without the tied head."""
        return {name.replace("/", "."): value for name, value in self.table.items()}

    def forward(self, tokens: Tensor) -> Tensor:
        """Return the final hidden vectors (B, T, D) of tokens (B, T); T is a multiple of sixteen."""
        p = self.named()
        x = F.embedding(tokens, p["emb.weight"])
        D = self.shape.width
        v_first: Tensor | None = None
        for layer in range(self.shape.layers):
            q = {n.removeprefix(f"blocks.{layer}."): t for n, t in p.items() if n.startswith(f"blocks.{layer}.")}
            if layer == 0:
                x = F.layer_norm(x, (D,), q["ln0.weight"], q["ln0.bias"])
            mixed, v_first = self._attention(F.layer_norm(x, (D,), q["ln1.weight"], q["ln1.bias"]), q, v_first)
            x = x + mixed
            x = x + self._feed_forward(F.layer_norm(x, (D,), q["ln2.weight"], q["ln2.bias"]), q)
        return F.layer_norm(x, (D,), p["ln_out.weight"], p["ln_out.bias"])

    def _attention(self, x: Tensor, q: dict[str, Tensor], v_first: Tensor | None) -> tuple[Tensor, Tensor]:
        B, T, D = x.shape
        heads = (B, T, self.shape.heads, HEAD_SIZE)
        dx = F.pad(x, (0, 0, 1, -1)) - x
        xr, xw, xk, xv, xa, xg = (torch.addcmul(x, dx, q[f"att.x_{n}"]) for n in "rwkvag")
        r = F.linear(xr, q["att.receptance.weight"])
        k = F.linear(xk, q["att.key.weight"])
        v = F.linear(xv, q["att.value.weight"])
        g = torch.sigmoid(xg @ q["att.g1"]) @ q["att.g2"]
        a = torch.sigmoid(q["att.a0"] + xa @ q["att.a1"] @ q["att.a2"])
        w = torch.exp(DECAY_SCALE * torch.sigmoid(q["att.w0"] + torch.tanh(xw @ q["att.w1"]) @ q["att.w2"]))
        if v_first is None:
            v_first = v
        else:
            v = v + (v_first - v) * torch.sigmoid(q["att.v0"] + xv @ q["att.v1"] @ q["att.v2"])
        kk = F.normalize((k * q["att.k_k"]).view(heads), dim=-1)
        k = k * (1 + (a - 1) * q["att.k_a"])
        r_, w_, k_, v_, a_ = (t.view(heads) for t in (r, w, k, v, a))
        zero = x.new_zeros(B, self.shape.heads, HEAD_SIZE, HEAD_SIZE)
        y = self._recurrence(r_, w_, k_, v_, -kk, kk * a_, zero)
        y = F.group_norm(
            y.reshape(B * T, D), self.shape.heads, q["att.ln_x.weight"], q["att.ln_x.bias"], eps=64e-5
        ).view(B, T, D)
        bonus = ((r_ * k_ * q["att.r_k"]).sum(-1, keepdim=True) * v_).view(B, T, D)
        return F.linear((y + bonus) * g, q["att.output.weight"]), v_first

    def _recurrence(self, *inputs: Tensor) -> Tensor:
        """The outputs (B, T, H, N), in float32."""
        form = self.form or fastest_form(inputs[0].device)
        with torch.autocast(inputs[0].device.type, enabled=False):
            return form(*(x.float().contiguous() for x in inputs))[0]

    def _feed_forward(self, x: Tensor, q: dict[str, Tensor]) -> Tensor:
        dx = F.pad(x, (0, 0, 1, -1)) - x
        hidden = F.linear(torch.addcmul(x, dx, q["ffn.x_k"]), q["ffn.key.weight"])
        return F.linear(torch.relu(hidden).square(), q["ffn.value.weight"])

    def loss(self, tokens: Tensor, weights: Tensor) -> tuple[Tensor, Tensor]:
        """Return the weighted sum of cross-entropies and the sum of weights.

        Args:
            tokens: (B, T + 1) int64.
            weights: (B, T) float32, of the predictions of tokens 1 ... T.

        """
        hidden = self(tokens[:, :-1])
        chosen = weights.flatten() > 0
        logits = F.linear(hidden.flatten(0, 1)[chosen], self.table["emb/weight"])
        losses = F.cross_entropy(logits, tokens[:, 1:].flatten()[chosen], reduction="none")
        picked = weights.flatten()[chosen]
        return (losses * picked).sum(), picked.sum()


def export(network: Network, dtype: torch.dtype = torch.bfloat16) -> dict[str, Tensor]:
    """Return the checkpoint: official key names, the tied matrix under both names, in `dtype`."""
    values = {name: value.detach().to(dtype).contiguous() for name, value in network.named().items()}
    values["head.weight"] = values["emb.weight"]
    return values


def shape_of(values: dict[str, Tensor]) -> Shape:
    """Read the sizes from a checkpoint."""
    layers = 1 + max(int(name.split(".")[1]) for name in values if name.startswith("blocks."))
    vocabulary, width = values["emb.weight"].shape
    ranks = [values[f"blocks.{layers - 1}.att.{name}1"].shape[1] for name in "wavg"]
    return Shape(vocabulary, width, layers, *ranks)
