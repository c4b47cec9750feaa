"""Models: the protocol that the engine sees, and loading by version."""

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol

import torch
from torch import Tensor

from bot.engine.detect import detect_spec
from bot.engine.network import Network, Placement
from bot.engine.random_weights import random_weights
from bot.engine.rwkv4 import RWKV4
from bot.engine.rwkv5 import RWKV5
from bot.engine.rwkv6 import RWKV6
from bot.engine.rwkv7 import RWKV7
from bot.engine.spec import ModelSpec
from bot.engine.state import RowState, State
from bot.engine.strategy import parse_strategy
from bot.engine.weights import open_model

__all__ = ["Model", "ModelSpec", "RowState", "State", "build_model", "load_model", "random_weights"]

NETWORKS: dict[str, type[Network]] = {
    "4": RWKV4,
    "5.0": RWKV5,
    "5.1": RWKV5,
    "5.2": RWKV5,
    "6": RWKV6,
    "7": RWKV7,
    "7a": RWKV7,
}


class Model(Protocol):
    """What the engine needs of a model."""

    spec: ModelSpec
    device: torch.device
    precision: str
    fingerprint: str  # names weights, precision and tuned state: states of another one differ
    weight_bytes: int

    def new_state(self, slots: int) -> State:
        """A pool of ``slots`` rows in the initial state."""

    def forward(
        self, tokens: Tensor, lengths: Sequence[int], state: State, slots: Sequence[int], *, full_output: bool = False
    ) -> Tensor:
        """Feed packed tokens to rows; see :meth:`bot.engine.network.Network.forward`."""


def load_model(path: Path | str, strategy: str = "cpu fp32", *, tuned_state: Path | str | None = None) -> Model:
    """Load a model file; raises ``ModelError`` in one line, before memory is taken, when it cannot be used."""
    plan = parse_strategy(strategy)
    file = open_model(path)
    placement = plan.placement()
    return build_model(file.spec, file.tensors, placement, digest=file.digest())


def build_model(
    spec: ModelSpec,
    tensors: Mapping[str, Tensor],
    placement: Placement,
    *,
    digest: str = "",
    initial: RowState | None = None,
) -> Network:
    """Put weights that are already open to work; ``digest`` names them in the fingerprint."""
    description = f"{digest} {placement.precision} {placement.activation} {placement.state}"
    fingerprint = hashlib.sha256(description.encode()).hexdigest()[:32]
    return NETWORKS[spec.version](spec, tensors, placement, fingerprint=fingerprint, initial=initial)


def random_model(version: str = "7", shape: str = "tiny", strategy: str = "cpu fp32", *, seed: int = 0) -> Network:
    """A model with random weights, for tests and benchmarks."""
    tensors = random_weights(version, shape, seed=seed)
    return build_model(
        detect_spec(tensors, "random"), tensors, parse_strategy(strategy).placement(), digest=f"random {seed}"
    )
