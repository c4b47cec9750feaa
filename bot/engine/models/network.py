"""What the torch networks of all versions share: embedding, head, state, and how a layer takes its weights."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager

import torch
from torch import Tensor

from bot.engine.arrays import AnyArray, as_tensor
from bot.engine.kernels.packing import NONE, Matrix
from bot.engine.placement import Placement
from bot.engine.precisions import EIGHT_BITS
from bot.engine.quantization import SCALES, QuantizedTensor
from bot.engine.rows import Rows
from bot.engine.shift_norm import Norm, ShiftNorm
from bot.engine.spec import ModelSpec
from bot.engine.state import RowState, State, empty_row
from bot.engine.unpacked import DTYPES, Linear, TensorMatrix, UnpackedProducts

EPS_GROUP = 64e-5  # of the per-head norm: 1e-5 times the square of the head size divisor, 8


class Weights:
    """The tensors of a model file, converted to the types and the device of a placement."""

    def __init__(self, tensors: Mapping[str, AnyArray], placement: Placement, prefix: str = "") -> None:
        self.tensors = tensors
        self.placement = placement
        self.activation = DTYPES[placement.activation]
        self.prefix = prefix

    def under(self, prefix: str) -> "Weights":
        """Return the same weights with names relative to ``prefix``."""
        return Weights(self.tensors, self.placement, self.prefix + prefix)

    def __contains__(self, name: str) -> bool:
        return self.prefix + name in self.tensors

    @property
    def form(self) -> type[UnpackedProducts]:
        """The class that multiplies. It is imported only on machines that can use it."""
        if self.placement.kernels == "triton":
            from bot.engine.cuda.products import TritonProducts

            return TritonProducts
        return UnpackedProducts

    def _raw(self, name: str) -> Tensor:
        """Return a tensor as stored, moved to the device."""
        return as_tensor(self.tensors[self.prefix + name]).to(self.placement.device)

    def tensor(self, name: str) -> Tensor:
        """Return a tensor in the activation type, in its own shape without axes of length 1."""
        return self._raw(name).squeeze().to(self.activation)

    def vector(self, name: str, *, fp32: bool = False) -> Tensor:
        """(D,), in the activation type or float32."""
        return self._raw(name).to(torch.float32 if fp32 else self.activation).flatten()

    def linear(self, name: str, *, rescale: int | None = None, activation: int = NONE) -> Linear:
        """Return a matrix (out, in). ``rescale``: layer whose residual its product is added to, before version 7."""
        factor = 1.0 if rescale is None else self.placement.rescale(rescale)
        weight = self.stored(name)
        if factor != 1.0:
            weight = (weight.dequantize() if isinstance(weight, QuantizedTensor) else weight) * factor
        return Linear(weight, self.placement.precision, activation, self.form)

    def stored(self, name: str) -> Tensor | QuantizedTensor:
        """Return a matrix as stored, on the device; int8 is dequantised unless 8 bits were requested."""
        weight = self._raw(name)
        if weight.dtype != torch.int8:
            return weight
        quantized = QuantizedTensor(weight, self._raw(name + SCALES).float())
        return quantized if self.placement.precision in EIGHT_BITS else quantized.dequantize()

    def products(self, sources: Mapping[str, int], activations: Mapping[str, int] | None = None) -> UnpackedProducts:
        """Return a group of products, in this order; ``sources`` maps each matrix to the input it multiplies."""
        done = activations or {}
        matrices: list[TensorMatrix] = [
            Matrix(self.stored(name), source, 0, done.get(name, NONE)) for name, source in sources.items()
        ]
        return self.form(matrices, self.placement.precision)

    def bonus(self) -> Tensor:
        """RWKV-5 and 6: the current token's weight, float32, flat. Older files store its logarithm as time_first."""
        if "time_faaaa" in self:
            return self.vector("time_faaaa", fp32=True)
        return torch.exp(self.vector("time_first", fp32=True))

    def low_rank(self, name: str) -> Linear:
        """Return a small matrix, stored (in, out) and never quantised."""
        weight = self._raw(name).t()
        return Linear(weight, self.placement.small, form=self.form)

    def compress(self, sources: Mapping[str, int], activations: Mapping[str, int] | None = None) -> UnpackedProducts:
        """Return the first matrices of low-rank products, stored (in, rank) and never quantised."""
        done = activations or {}
        matrices: list[TensorMatrix] = [
            Matrix(self._raw(name).t(), source, 0, done.get(name, NONE)) for name, source in sources.items()
        ]
        return self.form(matrices, self.placement.small)

    def expand(self, *stored: Tensor) -> UnpackedProducts:
        """Return the second matrices, stored (rank, out); each reads its own columns of the first ones' output."""
        matrices: list[TensorMatrix] = []
        column = 0
        for weight in (tensor.to(self.placement.device).t() for tensor in stored):
            matrices.append(Matrix(weight, 0, column))
            column += weight.shape[1]
        return self.form(matrices, self.placement.small)

    def shift_norm(self, norm: Norm, *mixes: Tensor) -> ShiftNorm:
        """Return a mixing's token shift with these mixes, each (D,)."""
        if self.placement.kernels == "triton":
            from bot.engine.cuda.shift_norm import TritonShiftNorm

            return TritonShiftNorm(norm, torch.stack(mixes))
        return ShiftNorm(norm, torch.stack(mixes))

    def norm(self, name: str) -> Norm:
        """Return the layer norm of this name."""
        return Norm(self.vector(f"{name}.weight"), self.vector(f"{name}.bias"))

    def norms(self, layer: int) -> tuple[Norm, Norm]:
        """Return the two layer norms of a layer."""
        return self.norm(f"blocks.{layer}.ln1"), self.norm(f"blocks.{layer}.ln2")

    def table(self, name: str) -> Tensor:
        """Return a lookup table in the file's type, on the device; on the CPU it stays mapped from disk."""
        return self._raw(name)


class Network:
    """One model, ready to run. Subclasses implement :meth:`build` and :meth:`run` for their version."""

    def __init__(
        self,
        spec: ModelSpec,
        tensors: Mapping[str, AnyArray],
        placement: Placement,
        *,
        fingerprint: str = "",
        initial: RowState | None = None,
    ) -> None:
        self.spec = spec
        self.placement = placement
        self.reads_ahead = False
        self.device = torch.device(placement.device)
        self.precision = placement.precision
        self.fingerprint = fingerprint
        weights = Weights(tensors, placement)
        self.embedding = weights.table("emb.weight")  # (V, D)
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
        """Run all layers: ``x`` (T, D) -> (T, D), advancing ``state`` in place."""
        raise NotImplementedError

    def initial_state(self) -> RowState:
        """Return the state before the first token; RWKV-4's average is always float32."""
        row = {name: as_tensor(numbers).to(self.device) for name, numbers in empty_row(self.spec).tensors.items()}
        kept = DTYPES[self.placement.state]
        return RowState({name: t if name in ("aa", "bb", "pp") else t.to(kept) for name, t in row.items()})

    def new_state(self, slots: int) -> State:
        """Create a pool of ``slots`` rows, all in the initial state."""
        return State(self.initial, slots)

    def computing(self) -> AbstractContextManager[object]:
        """Return the context in which the thread that calls :meth:`forward` should run."""
        return torch.inference_mode()

    @torch.no_grad()
    def forward(
        self,
        tokens: Tensor | Sequence[int],
        lengths: Sequence[int],
        state: State,
        slots: Sequence[int],
        *,
        full_output: bool = False,
    ) -> Tensor:
        """Feed packed ``tokens`` (T,), ``lengths[i]`` of them to slot ``slots[i]``, whose state advances in place.

        Returns float32 logits after each row's last token (B, V), or after every token (T, V) with ``full_output``.
        """
        rows = Rows.pack(lengths, slots, self.device)
        read = torch.as_tensor(tokens, device=self.device)
        if read.shape != (sum(lengths),):
            raise ValueError(f"{tuple(read.shape)} tokens for lengths that sum to {sum(lengths)}")
        return self.compute(read, state, rows, full_output=full_output)

    def compute(self, tokens: Tensor, state: State, rows: Rows, *, full_output: bool = False) -> Tensor:
        """Do the same for ``tokens`` and ``rows`` already on the device: nothing here synchronises with it."""
        x = self.norm_in(self.embedding[tokens].to(DTYPES[self.placement.activation]))
        x = self.run(x, tokens, state, rows)
        if not full_output:
            x = x[rows.lasts]
        return self.head(self.norm_out(x)).float()


def _weight_bytes(root: object) -> int:
    """Return the bytes of all distinct tensors reachable from ``root``."""
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
