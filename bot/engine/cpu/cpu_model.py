"""Models of any version on the CPU, computed by compiled kernels; nothing here needs torch."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bot.engine.arrays import AnyArray
from bot.engine.cpu.cpu_weights import CpuWeights
from bot.engine.cpu.deep_embed import DeepModel
from bot.engine.cpu.fused import Ending
from bot.engine.cpu.versions import fused4, fused5, fused6, fused7
from bot.engine.kernels.token_shift import normalize_all
from bot.engine.placement import Placement
from bot.engine.row_places import Places, pack_places
from bot.engine.spec import ModelSpec
from bot.engine.state import RowState, State, empty_row

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]

MIN_PARALLEL_WORK = 1 << 21  # bytes of weights times tokens of a pass that is worth waking a second thread for


class Layers(Protocol):
    """All layers and the head."""

    def run(self, x: Floats, tokens: Ints, state: State, places: Places, chosen: Ints, *, alone: bool) -> Floats:
        """Compute the logits of the ``chosen`` tokens from embeddings ``x`` (T, D), advancing ``state`` in place."""


MAKERS: dict[str, Callable[[CpuWeights, Ending], Layers]] = {
    "4": fused4, "5.0": fused5, "5.1": fused5, "5.2": fused5, "6": fused6, "7": fused7, "7a": DeepModel,
}  # fmt: skip


class CpuModel:
    """One model, ready to run."""

    def __init__(
        self, spec: ModelSpec, tensors: Mapping[str, AnyArray], placement: Placement, *, fingerprint: str = ""
    ) -> None:
        self.spec = spec
        self.placement = placement
        self.device = "cpu"
        self.reads_ahead = True
        self.precision = placement.precision
        self.fingerprint = fingerprint
        weights = CpuWeights(tensors, placement)
        self._embedding = weights.table("emb.weight")  # (V, D)
        self._norm_in = weights.norm("blocks.0.ln0")
        ending = Ending(spec, weights.norm("ln_out"), weights.product("head.weight"))
        self.layers = MAKERS[spec.version](weights, ending)
        self.initial = self.initial_state()
        self.weight_bytes = weights.nbytes
        self._packed = weights.packed  # keep these alive: the kernels only have their addresses

    def initial_state(self) -> RowState:
        """Return the state before the first token."""
        return empty_row(self.spec)

    def new_state(self, slots: int) -> State:
        """Create a pool of ``slots`` rows, all in the initial state."""
        return State(self.initial, slots)

    def computing(self) -> AbstractContextManager[object]:
        """Return the context in which the thread that calls :meth:`forward` should run."""
        return nullcontext()

    def forward(
        self,
        tokens: ArrayLike,
        lengths: Sequence[int],
        state: State,
        slots: Sequence[int],
        *,
        full_output: bool = False,
    ) -> Floats:
        """Feed packed ``tokens`` (T,), ``lengths[i]`` of them to slot ``slots[i]``, whose state advances in place.

        Returns logits after each row's last token (B, V), or after every token (T, V) with ``full_output``.
        """
        places = pack_places(lengths, slots)
        read = np.asarray(tokens, np.int64)
        if read.shape != places[3].shape:
            raise ValueError(f"{read.shape} tokens for lengths that sum to {sum(lengths)}")
        embedded = self._embedding[read].astype(np.float32)
        x = np.empty_like(embedded)
        normalize_all(embedded, *self._norm_in, x)
        chosen = np.arange(len(read)) if full_output else places[1]
        alone = self.weight_bytes * len(read) < MIN_PARALLEL_WORK
        return self.layers.run(x, read, state, places, chosen, alone=alone)
