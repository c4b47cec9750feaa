"""A GPU network with recorded decode steps, as used by the engine."""

from collections.abc import Sequence
from contextlib import AbstractContextManager

import torch
from torch import Tensor

from bot.engine.cuda.capture import Capture
from bot.engine.cuda.graphs import DecodeGraphs, Recordable
from bot.engine.row_places import check_rows
from bot.engine.spec import ModelSpec
from bot.engine.state import RowState, State


class RecordedState(State):
    """A pool and the steps recorded on it."""

    __slots__ = ("graphs",)
    graphs: DecodeGraphs


class GraphedModel:
    """Wraps ``network``: replays recorded steps if every row of a pass has one token."""

    def __init__(self, network: Recordable, capture: Capture) -> None:
        self.network = network
        self.spec: ModelSpec = network.spec
        self.device: torch.device = network.device
        self.precision: str = network.precision
        self.fingerprint: str = network.fingerprint
        self.weight_bytes: int = network.weight_bytes
        self.reads_ahead = False  # only passes with one token per row are recorded
        self._capture = capture

    def computing(self) -> AbstractContextManager[object]:
        """Return the context in which the thread that calls :meth:`forward` should run."""
        return self.network.computing()

    @property
    def initial(self) -> RowState:
        """The state in which every conversation begins."""
        return self.network.initial

    @torch.no_grad()
    def new_state(self, slots: int) -> "RecordedState":
        """Create a pool of ``slots`` rows in the initial state, and record the steps that use it."""
        state = RecordedState(self.network.initial, slots, spare=1)
        state.graphs = DecodeGraphs(self.network, state, self._capture)
        return state

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
        """Feed packed tokens to rows; see :meth:`bot.engine.models.network.Network.forward`."""
        if isinstance(state, RecordedState) and len(tokens) == len(lengths) == sum(lengths):
            check_rows(lengths, slots)
            logits = state.graphs.decode(torch.as_tensor(tokens, device=self.device), slots)
            if logits is not None:
                return logits
        return self.network.forward(tokens, lengths, state, slots, full_output=full_output)
