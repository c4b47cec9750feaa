"""A network on the GPU whose decode steps are recorded: what the engine is given there."""

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
    """A pool, and the steps that were recorded on it."""

    __slots__ = ("graphs",)
    graphs: DecodeGraphs


class GraphedModel:
    """``network``, decoding by recorded steps where every row of a pass has one token."""

    def __init__(self, network: Recordable, capture: Capture) -> None:
        self.network = network
        self.spec: ModelSpec = network.spec
        self.device: torch.device = network.device
        self.precision: str = network.precision
        self.fingerprint: str = network.fingerprint
        self.weight_bytes: int = network.weight_bytes
        self.reads_ahead = False  # only passes of one token a row are recorded
        self._capture = capture

    def computing(self) -> AbstractContextManager[object]:
        """What the thread that calls :meth:`forward` should be in."""
        return self.network.computing()

    @property
    def initial(self) -> RowState:
        """The state in which every conversation begins."""
        return self.network.initial

    @torch.no_grad()
    def new_state(self, slots: int) -> "RecordedState":
        """A pool of ``slots`` rows in the initial state; the steps that use it are recorded now."""
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
