"""What the networks of all versions share: embedding, head, state, and how a layer takes its weights."""

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from bot.engine.linear import NONE, Linear, Matrix, Products
from bot.engine.models.fused import Ending, FusedModel
from bot.engine.placement import Placement
from bot.engine.quantization import SCALES, Quantized
from bot.engine.rows import Rows
from bot.engine.shift_norm import Norm, ShiftNorm
from bot.engine.spec import ModelSpec
from bot.engine.state import RowState, State
from bot.engine.unpacked import UnpackedProducts

LEAST_WORK = 1 << 21  # bytes of weights times tokens of a pass that is worth waking a second thread for
LEAST_STATE = 1 << 17  # numbers of state, touched, of a recurrence that is worth waking a second thread for
EPS_GROUP = 64e-5  # of the heads' norm: 1e-5 times the square of the head size divisor, 8


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

    @property
    def form(self) -> type[Products]:
        """Who multiplies. What only some machines have is imported where it is used."""
        match self.placement.kernels:
            case "numba":
                return Products
            case "triton":
                from bot.engine.cuda.products import TritonProducts

                return TritonProducts
        return UnpackedProducts

    def tensor(self, name: str) -> Tensor:
        """A tensor as it is used beside the activations, in its own shape without axes of length 1."""
        return self.tensors[self.prefix + name].squeeze().to(self.placement.device, self.placement.activation)

    def vector(self, name: str, *, fp32: bool = False) -> Tensor:
        """(D,), in the activations' type or float32."""
        dtype = torch.float32 if fp32 else self.placement.activation
        return self.tensors[self.prefix + name].to(self.placement.device, dtype).flatten()

    def linear(self, name: str, *, rescale: int | None = None, activation: int = NONE) -> Linear:
        """A matrix (out, in); ``rescale``: its product is added to the residual in that layer of a version before 7."""
        factor = 1.0 if rescale is None else self.placement.rescale(rescale)
        weight = self.stored(name)
        if factor != 1.0:
            weight = (weight.dequantize() if isinstance(weight, Quantized) else weight) * factor
        return Linear(weight, self.placement.precision, activation, self.form)

    def stored(self, name: str) -> Tensor | Quantized:
        """A matrix as it is in the file, on the device; one that is stored as int8 is only kept so for int8."""
        name = self.prefix + name
        weight = self.tensors[name].to(self.placement.device)
        if weight.dtype != torch.int8:
            return weight
        quantized = Quantized(weight, self.tensors[name + SCALES].to(self.placement.device, torch.float32))
        return quantized if self.placement.precision == "int8" else quantized.dequantize()

    def products(self, sources: Mapping[str, int], activations: Mapping[str, int] | None = None) -> Products:
        """Products side by side, in this order: for each matrix which of the inputs it multiplies."""
        done = activations or {}
        matrices = [Matrix(self.stored(name), source, 0, done.get(name, NONE)) for name, source in sources.items()]
        return self.form(matrices, self.placement.precision)

    def bonus(self) -> Tensor:
        """RWKV-5 and 6: the current token's weight, float32, flat. Older files keep its logarithm as time_first."""
        if "time_faaaa" in self:
            return self.vector("time_faaaa", fp32=True)
        return torch.exp(self.vector("time_first", fp32=True))

    def low_rank(self, name: str) -> Linear:
        """A small matrix, stored (in, out) and never quantised."""
        weight = self.tensors[self.prefix + name].to(self.placement.device).t()
        return Linear(weight, self.placement.small, form=self.form)

    def compress(self, sources: Mapping[str, int], activations: Mapping[str, int] | None = None) -> Products:
        """The same for the first matrices of low-rank products: stored (in, rank) and never quantised."""
        done = activations or {}
        matrices = [
            Matrix(self.tensors[self.prefix + name].to(self.placement.device).t(), source, 0, done.get(name, NONE))
            for name, source in sources.items()
        ]
        return self.form(matrices, self.placement.small)

    def expand(self, *stored: Tensor) -> Products:
        """The second matrices, stored (rank, out): each takes its own columns of what the first ones give."""
        matrices, column = [], 0
        for weight in (tensor.to(self.placement.device).t() for tensor in stored):
            matrices.append(Matrix(weight, 0, column))
            column += weight.shape[1]
        return self.form(matrices, self.placement.small)

    def shift_norm(self, norm: Norm, *mixes: Tensor) -> ShiftNorm:
        """A mixing's token shift with these mixes, each (D,)."""
        if self.placement.kernels == "triton":
            from bot.engine.cuda.shift_norm import TritonShiftNorm

            return TritonShiftNorm(norm, torch.stack(mixes), fused=False)
        return ShiftNorm(norm, torch.stack(mixes), fused=self.placement.fused)

    def norm(self, name: str) -> Norm:
        """The layer norm of this name."""
        return Norm(self.vector(f"{name}.weight"), self.vector(f"{name}.bias"))

    def norms(self, layer: int) -> tuple[Norm, Norm]:
        """The two layer norms of a layer."""
        return self.norm(f"blocks.{layer}.ln1"), self.norm(f"blocks.{layer}.ln2")

    def table(self, name: str) -> Tensor:
        """A table that tokens look up, on the device in the file's type: on the CPU it stays mapped from the disk."""
        return self.tensors[self.prefix + name].to(self.placement.device)


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
        self.embedding = weights.table("emb.weight")  # (V, D)
        self.norm_in = weights.norm("blocks.0.ln0")
        self.norm_out = weights.norm("ln_out")
        self.head = weights.linear("head.weight")
        self.ending = Ending(spec, self.norm_out, self.head.products)
        self.fused: FusedModel | None = None  # where one kernel computes all
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
        return self.compute(tokens.to(self.device), state, rows, full_output=full_output)

    def compute(self, tokens: Tensor, state: State, rows: Rows, *, full_output: bool = False) -> Tensor:
        """The same for ``tokens`` and ``rows`` that are on the device already: nothing here waits for the device."""
        x = self.norm_in(self.embedding[tokens].to(self.placement.activation))
        if self.fused:
            alone = self.weight_bytes * len(x) < LEAST_WORK
            return self.fused.run(x, state, rows, alone=alone, full_output=full_output)
        x = self.run(x, tokens, state, rows)
        if not full_output:
            x = x[rows.lasts]
        return self.head(self.norm_out(x)).float()


def by_head(parameters: Tensor, heads: int) -> Tensor:
    """Parameters (P, D) as the kernels of the recurrences read them, head by head: (H, P, N)."""
    return parameters.view(len(parameters), heads, -1).transpose(0, 1).contiguous()


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
