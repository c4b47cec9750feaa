"""What the networks of all versions share: embedding, head, state, and how a layer takes its weights."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from bot.engine.linear import Linear
from bot.engine.rows import Rows
from bot.engine.spec import ModelSpec
from bot.engine.state import RowState, State

EPS_NORM = 1e-5
EPS_GROUP = 64e-5  # of the heads' norm: 1e-5 times the square of the head size divisor, 8
HALVE_EVERY = 6  # layers


@dataclass(frozen=True, slots=True)
class Placement:
    """Where the numbers live and in which types."""

    device: torch.device
    precision: str  # of the matrices: fp32, bf16, fp16, int8
    activation: torch.dtype  # of what flows between the layers
    state: torch.dtype  # of the matrix state

    @property
    def small(self) -> str:
        """Precision of the small matrices and the embedding, which are not quantised."""
        if self.precision != "int8":
            return self.precision
        return "bf16" if self.activation == torch.float32 else "fp16"

    def rescale(self, layer: int) -> float:
        """Versions 4 to 6 overflow float16: there the residual is halved every six layers, and what is added to it too.

        The layer norms undo the factor. Returns the factor for the products of ``layer`` that are added to the residual.
        """
        return 0.5 ** (layer // HALVE_EVERY) if self.activation == torch.float16 else 1.0

    def halve(self, x: Tensor, layer: int) -> Tensor:
        """The residual after ``layer``, halved where the next layer's :meth:`rescale` is."""
        return x / 2 if self.rescale(layer + 1) != self.rescale(layer) else x


class Norm:
    """Layer norm over the channels."""

    __slots__ = ("bias", "weight")

    def __init__(self, weight: Tensor, bias: Tensor) -> None:
        self.weight = weight
        self.bias = bias

    def __call__(self, x: Tensor) -> Tensor:
        """(T, D) -> (T, D)."""
        return F.layer_norm(x, self.weight.shape, self.weight, self.bias, EPS_NORM)


class Weights:
    """A model file's tensors, handed out in the types and on the device of a placement, with the bytes counted."""

    def __init__(self, tensors: Mapping[str, Tensor], placement: Placement, prefix: str = "") -> None:
        self.tensors = tensors
        self.placement = placement
        self.prefix = prefix

    def under(self, prefix: str) -> "Weights":
        """The same weights, names relative to ``prefix``."""
        return Weights(self.tensors, self.placement, self.prefix + prefix)

    def __contains__(self, name: str) -> bool:
        return self.prefix + name in self.tensors

    def tensor(self, name: str) -> Tensor:
        """A tensor as it is used beside the activations, in its own shape without axes of length 1."""
        return self.tensors[self.prefix + name].squeeze().to(self.placement.device, self.placement.activation)

    def vector(self, name: str, *, fp32: bool = False) -> Tensor:
        """(D,), in the activations' type or float32."""
        dtype = torch.float32 if fp32 else self.placement.activation
        return self.tensors[self.prefix + name].to(self.placement.device, dtype).flatten()

    def linear(self, name: str, *, rescale: int | None = None) -> Linear:
        """A matrix (out, in); ``rescale``: its product is added to the residual in that layer of a version before 7."""
        weight = self.tensors[self.prefix + name].to(self.placement.device)
        factor = 1.0 if rescale is None else self.placement.rescale(rescale)
        return Linear(weight if factor == 1.0 else weight * factor, self.placement.precision)

    def bonus(self) -> Tensor:
        """RWKV-5 and 6: the weight of the current token, float32, flat. Older files keep its logarithm as time_first."""
        if "time_faaaa" in self:
            return self.vector("time_faaaa", fp32=True)
        return torch.exp(self.vector("time_first", fp32=True))

    def low_rank(self, name: str) -> Linear:
        """A small matrix, stored (in, out) and never quantised."""
        return Linear(self.tensors[self.prefix + name].to(self.placement.device).t(), self.placement.small)

    def norm(self, name: str) -> Norm:
        """The layer norm of this name."""
        return Norm(self.vector(f"{name}.weight"), self.vector(f"{name}.bias"))

    def norms(self, layer: int) -> tuple[Norm, Norm]:
        """The two layer norms of a layer."""
        return self.norm(f"blocks.{layer}.ln1"), self.norm(f"blocks.{layer}.ln2")

    def normalised_embedding(self) -> Tensor:
        """The embedding after ``ln0`` (V, D)."""
        norm = Weights(self.tensors, self.placement).norm("blocks.0.ln0")
        return norm(Weights(self.tensors, self.placement).tensor("emb.weight"))


class Network:
    """One model, ready to run. Versions fill in :meth:`build` and :meth:`run`."""

    def __init__(
        self,
        spec: ModelSpec,
        tensors: Mapping[str, Tensor],
        placement: Placement,
        *,
        fingerprint: str = "",
        initial: RowState | None = None,
    ) -> None:
        self.spec = spec
        self.placement = placement
        self.device = placement.device
        self.precision = placement.precision
        self.fingerprint = fingerprint
        weights = Weights(tensors, placement)
        self.embedding = tensors["emb.weight"].to(self.device)  # (V, D) in the file's type
        self.norm_in = weights.norm("blocks.0.ln0")
        self.norm_out = weights.norm("ln_out")
        self.head = weights.linear("head.weight")
        self.build(weights)
        self.initial = initial or self.initial_state()
        self.weight_bytes = _weight_bytes(self)

    def build(self, weights: Weights) -> None:
        """Take the layers' weights."""
        raise NotImplementedError

    def run(self, x: Tensor, tokens: Tensor, state: State, rows: Rows) -> Tensor:
        """All layers: ``x`` (T, D) -> (T, D), advancing ``state`` in place."""
        raise NotImplementedError

    def initial_state(self) -> RowState:
        """The state before the first token. Versions 5 to 7: two token shifts and one matrix per head."""
        spec, place = self.spec, self.placement
        shift = torch.zeros(spec.layers, spec.width, dtype=place.state, device=self.device)
        matrix = (spec.layers, spec.heads, spec.head_size, spec.head_size)
        wkv = torch.zeros(matrix, dtype=place.state, device=self.device)
        return RowState({"att_x": shift, "wkv": wkv, "ffn_x": shift.clone()})

    def new_state(self, slots: int) -> State:
        """A pool of ``slots`` rows, all in the initial state."""
        return State(self.initial, slots)

    @torch.no_grad()
    def forward(
        self, tokens: Tensor, lengths: Sequence[int], state: State, slots: Sequence[int], *, full_output: bool = False
    ) -> Tensor:
        """Feed packed ``tokens`` (T,), ``lengths[i]`` of them to slot ``slots[i]``, whose state advances in place.

        Returns float32 logits after each row's last token (B, V), or after every token (T, V) with ``full_output``.
        """
        rows = Rows.pack(lengths, slots, self.device)
        if tokens.shape != (sum(lengths),):
            raise ValueError(f"{tuple(tokens.shape)} tokens for lengths that sum to {sum(lengths)}")
        tokens = tokens.to(self.device)
        x = self.norm_in(self.embedding[tokens].to(self.placement.activation))
        x = self.run(x, tokens, state, rows)
        if not full_output:
            x = x[rows.lasts]
        return self.head(self.norm_out(x)).float()


def _weight_bytes(root: object) -> int:
    """Bytes of all distinct tensors that hang on ``root``."""
    seen: dict[int, int] = {}
    skip: tuple[type, ...] = (RowState, State)

    def visit(item: object) -> None:
        if isinstance(item, Tensor):
            seen[item.data_ptr()] = max(item.nbytes, seen.get(item.data_ptr(), 0))
        elif isinstance(item, list | tuple):
            for part in item:
                visit(part)
        elif not isinstance(item, skip) and getattr(type(item), "__module__", "").startswith("bot."):
            names = getattr(type(item), "__slots__", None) or vars(item)
            for name in names:
                visit(getattr(item, name, None))

    visit(root)
    return sum(seen.values())
