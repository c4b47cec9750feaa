"""Decoding by recorded steps, one for each size of batch.

A token of a large model takes hundreds of kernels, and naming them one by one costs the CPU more time than running them
costs the GPU. So a step of each size is recorded once (:mod:`.capture`) over buffers that stay where they are: tokens
and slots in, logits out. A batch is filled up to the next size with rows on the state pool's spare slot, which nobody
reads. Recording can succeed and give wrong logits, so each is compared with the plain way before it is used.
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
CHECKED_STEPS = 3  # so that a state that went wrong shows in the logits
STRIDE = 7919  # prime: tokens and slots of the check are all over the vocabulary and the pool
# Greatest error of a row, in standard deviations of its logits: the two ways may round differently. Another row's
# logits, or those of another state, are off by about 1.
TOLERANCES = {"fp32": 1e-3, "fp16": 0.05, "bf16": 0.15}  # by the activations' precision


class Recordable(Protocol):
    """A network, as far as its steps are recorded. :class:`bot.engine.models.network.Network` is one."""

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
    """A step of one size, and what it reads."""

    tokens: Tensor  # (size,) int64
    rows: Rows
    replay: Step


class DecodeGraphs:
    """The recorded steps of ``network`` on the pool ``state``, which has a spare slot and is as new."""

    def __init__(self, network: Recordable, state: State, capture: Capture) -> None:
        self.network = network
        self.state = state
        largest = next((size for size in SIZES if size >= state.slots), SIZES[-1])
        vocabulary = network.spec.vocab_size
        self._logits = torch.zeros(largest, vocabulary, device=network.device)  # of all sizes
        self._sizes: dict[int, Recorded] = {}
        for size in reversed(SIZES):  # the largest first: the others find its memory large enough
            if size <= largest:
                self._record(size, capture)

    @property
    def sizes(self) -> list[int]:
        """The sizes of batch that run as recorded."""
        return sorted(self._sizes)

    def decode(self, tokens: Tensor, slots: Sequence[int]) -> Tensor | None:
        """Feed ``tokens`` (B,), one to each slot: float32 logits (B, V), or None where no step is that large."""
        size = next((size for size in self.sizes if size >= len(slots)), None)
        return None if size is None else self._replay(self._sizes[size], tokens, slots)

    def _replay(self, recorded: Recorded, tokens: Tensor, slots: Sequence[int]) -> Tensor:
        filling = [self.state.slots] * (len(recorded.tokens) - len(slots))
        recorded.tokens[: len(slots)] = tokens
        recorded.rows.slots.copy_(torch.tensor([*slots, *filling]))
        recorded.replay()
        return self._logits[: len(slots)].clone()

    def _record(self, size: int, capture: Capture) -> None:
        """Record a step of this size and check it; where that fails, say so and do without."""
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
        except RuntimeError as error:  # torch's errors, out of memory among them
            reason = str(error).strip().split("\n")[0]
        else:
            if worst <= TOLERANCES[self.network.placement.activation]:
                self._sizes[size] = recorded
                return
            reason = f"its logits are off by {worst:.2g} of their spread"
        LOG.warning("Batches of %d rows run without a CUDA graph, more slowly: %s", size, reason)

    def _error(self, recorded: Recorded) -> float:
        """The greatest error of a row, for a full batch and for the smallest that is filled up to this size."""
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
