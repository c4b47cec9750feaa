"""Decoding with recorded steps, one for each batch size.

A token of a large model takes hundreds of kernels, and launching them one by one takes the CPU longer than running
them takes the GPU. So a step of each size is recorded once (:mod:`.capture`) over buffers with fixed addresses: tokens
and slots in, logits out. A batch is padded to the next size with rows on the state pool's spare slot, which is never
read. Recording can succeed and yet give wrong logits, so each recording is compared with the plain computation before
it is used.
"""

import logging
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor

from bot.engine.cuda.capture import Capture, Step
from bot.engine.placement import Placement
from bot.engine.rows import Rows
from bot.engine.spec import ModelSpec
from bot.engine.state import RowState, State

LOG = logging.getLogger(__name__)
SIZES = tuple(2**power for power in range(11))  # rows, 1 to 1,024
CHECKED_STEPS = 3  # several, so that a wrong state shows in the logits
STRIDE = 7919  # prime: spreads the check's tokens and slots over the vocabulary and the pool
# Largest error of a row, in standard deviations of its logits: the two computations may round differently. The logits
# of another row, or of another state, are off by about 1.
TOLERANCES = {"fp32": 1e-3, "fp16": 0.05, "bf16": 0.15}  # by the precision of the activations


class Recordable(Protocol):
    """The part of a network needed to record its steps; :class:`bot.engine.models.network.Network` provides it."""

    spec: ModelSpec
    placement: Placement
    device: torch.device
    precision: str
    fingerprint: str
    weight_bytes: int
    initial: RowState

    def forward(
        self,
        tokens: Tensor | Sequence[int],
        lengths: Sequence[int],
        state: State,
        slots: Sequence[int],
        *,
        full_output: bool = False,
    ) -> Tensor: ...

    def computing(self) -> AbstractContextManager[object]: ...

    def new_state(self, slots: int) -> State: ...

    def compute(self, tokens: Tensor, state: State, rows: Rows, *, full_output: bool = False) -> Tensor: ...


@dataclass(frozen=True, slots=True)
class Recorded:
    """A recorded step of one size, and its input buffers."""

    tokens: Tensor  # (size,) int64
    rows: Rows
    replay: Step


class DecodeGraphs:
    """The recorded steps of ``network`` on the pool ``state``, which must be unused and have a spare slot."""

    def __init__(self, network: Recordable, state: State, capture: Capture) -> None:
        self.network = network
        self.state = state
        largest = next((size for size in SIZES if size >= state.slots), SIZES[-1])
        vocabulary = network.spec.vocab_size
        self._logits = torch.zeros(largest, vocabulary, device=network.device)  # shared by all sizes
        self._sizes: dict[int, Recorded] = {}
        for size in reversed(SIZES):  # largest first: the others can reuse its memory
            if size <= largest:
                self._record(size, capture)

    @property
    def sizes(self) -> list[int]:
        """The batch sizes that have been recorded."""
        return sorted(self._sizes)

    def decode(self, tokens: Tensor, slots: Sequence[int]) -> Tensor | None:
        """Feed ``tokens`` (B,), one to each slot; return float32 logits (B, V), or None if no recorded size fits."""
        size = next((size for size in self.sizes if size >= len(slots)), None)
        return None if size is None else self._replay(self._sizes[size], tokens, slots)

    def _replay(self, recorded: Recorded, tokens: Tensor, slots: Sequence[int]) -> Tensor:
        filling = [self.state.slots] * (len(recorded.tokens) - len(slots))
        recorded.tokens[: len(slots)] = tokens
        recorded.rows.slots.copy_(torch.tensor([*slots, *filling]))
        recorded.replay()
        return self._logits[: len(slots)].clone()

    def _record(self, size: int, capture: Capture) -> None:
        """Record and check a step of this size; if that fails, log the reason and go without."""
        device = self.network.device
        places = torch.arange(size, device=device)
        spare = torch.full_like(places, self.state.slots)
        rows = Rows(lengths=(1,) * size, slots=spare, starts=places, lasts=places)
        tokens = torch.zeros_like(places)

        def step() -> None:
            self._logits[:size] = self.network.compute(tokens, self.state, rows)

        try:
            recorded = Recorded(tokens, rows, capture(step))
            worst = self._error(recorded)
        except RuntimeError as error:  # torch's errors, including out of memory
            reason = str(error).strip().split("\n")[0]
        else:
            if worst <= TOLERANCES[self.network.placement.activation]:
                self._sizes[size] = recorded
                return
            reason = f"its logits are off by {worst:.2g} of their spread"
        LOG.warning("Batches of %d rows run without a CUDA graph, more slowly: %s", size, reason)

    def _error(self, recorded: Recorded) -> float:
        """Return the largest error of a row, for a full batch and for the smallest one that is padded to this size."""
        size = len(recorded.tokens)
        counts = {min(size, self.state.slots), min(size // 2 + 1, self.state.slots)}
        return max(self._compare(recorded, count) for count in counts)

    def _compare(self, recorded: Recorded, count: int) -> float:
        slots = sorted(range(self.state.slots), key=lambda slot: slot * STRIDE % 1009)[:count]
        steps = torch.arange(CHECKED_STEPS * count, device=self.network.device) * STRIDE % self.network.spec.vocab_size
        pieces = list(torch.split(steps, count))
        plain = [self.network.forward(piece, [1] * count, self.state, slots) for piece in pieces]
        self._reset(slots)
        worst = 0.0
        for piece, expected in zip(pieces, plain, strict=True):
            found = self._replay(recorded, piece, slots)
            error = ((found - expected).square().mean(1).sqrt() / expected.std(1)).max()
            worst = max(worst, float(torch.nan_to_num(error, nan=torch.inf)))
        self._reset(slots)
        return worst

    def _reset(self, slots: Sequence[int]) -> None:
        for slot in slots:
            self.state.zero(slot)
