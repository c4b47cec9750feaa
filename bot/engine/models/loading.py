"""Models: the protocol that the engine sees, and loading by version."""

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol

import torch
from torch import Tensor

from bot.engine.cuda.device import out_of_memory
from bot.engine.files.detect import detect_spec
from bot.engine.files.memory import check_memory, estimate
from bot.engine.files.random_weights import random_weights
from bot.engine.files.weights import ModelFile, let_go, open_model
from bot.engine.kernels.tiles import HAS_DOT
from bot.engine.models.network import Network
from bot.engine.models.rwkv4 import RWKV4
from bot.engine.models.rwkv5 import RWKV5
from bot.engine.models.rwkv6 import RWKV6
from bot.engine.models.rwkv7 import RWKV7
from bot.engine.models.rwkv_package import PackageModel
from bot.engine.models.strategy import parse_strategy
from bot.engine.models.tuned_state import TIME_STATE, apply_tuned_state, check_tuned_state, read_tuned_state
from bot.engine.placement import Placement
from bot.engine.spec import ModelSpec, Shape
from bot.engine.state import RowState, State
from bot.errors import ModelError

__all__ = ["Model", "ModelSpec", "RowState", "State", "build_model", "load_model", "random_model", "random_weights"]

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
        """Feed packed tokens to rows; see :meth:`bot.engine.models.network.Network.forward`."""


def load_model(
    path: Path | str,
    strategy: str = "cpu fp32",
    *,
    tuned_state: Path | str | None = None,
    rows: int = 1,
    state_precision: str = "",
) -> Model:
    """Load a model file for ``rows`` rows; for ``state_precision`` see :meth:`Strategy.placement`.

    Raises ``ModelError`` in one line, before memory is taken, when the strategy, the device, the file, or the memory
    for that many rows does not allow it.
    """
    plan = parse_strategy(strategy)
    file = open_model(path)
    if plan.layered:
        if tuned_state is not None:
            raise ModelError("Tuned states do not go with the strategy {strategy}.", strategy=plan.text)
        return PackageModel(file, plan, rows=rows)
    tuned = _tuned_state(file, tuned_state)
    placement = plan.placement(state_precision)
    network = _build(file, placement, rows)
    if tuned is not None:
        _tune(network, apply_tuned_state(tuned, network))
    let_go(file.tensors)
    return network if placement.kernels != "triton" else with_graphs(network)


def _tuned_state(file: ModelFile, path: Path | str | None) -> Mapping[str, Tensor] | None:
    """The tensors of a tuned state: of its own file, or of a model file that brings one; checked."""
    if path is not None:
        return read_tuned_state(Path(path), file.spec)
    if TIME_STATE.format(0) not in file.tensors:
        return None
    check_tuned_state(file.tensors, file.spec, file.path.name)
    return file.tensors


def _build(file: ModelFile, placement: Placement, rows: int) -> Network:
    """The network, if its memory is there."""
    stored = file.tensors["emb.weight"].itemsize
    check_memory(estimate(file.spec, placement, rows=rows, stored=stored), placement.device, file.path.name)
    try:
        return build_model(file.spec, file.tensors, placement, digest=file.digest())
    except torch.OutOfMemoryError as error:
        raise out_of_memory(file.path.name, placement.device) from error


def with_graphs(network: Network) -> Model:
    """The network with CUDA graphs; Triton is imported only where it is used."""
    from bot.engine.cuda.capture import GraphCapture
    from bot.engine.cuda.model import GraphedModel

    torch.backends.cuda.matmul.allow_fp16_reduced_precision_reduction = False  # sums stay in float32
    torch.backends.cuda.matmul.allow_bf16_reduced_precision_reduction = False
    torch.cuda.set_device(network.device)  # Triton and the recordings work on the current device
    return GraphedModel(network, GraphCapture())


def build_model(spec: ModelSpec, tensors: Mapping[str, Tensor], placement: Placement, *, digest: str = "") -> Network:
    """Put weights that are already open to work; ``digest`` names them in the fingerprint."""
    parts = [digest, placement.precision, str(placement.activation), str(placement.state)]
    if HAS_DOT and placement.fused and "bf16" in (placement.precision, placement.small):
        parts.append("activations rounded to bf16")  # other machines do not: their states differ
    fingerprint = _hash(*parts)
    return NETWORKS[spec.version](spec, tensors, placement, fingerprint=fingerprint)


def random_model(
    version: str = "7", shape: str | Shape = "tiny", strategy: str = "cpu fp32", *, seed: int = 0
) -> Network:
    """A model with random weights, for tests and benchmarks."""
    tensors = random_weights(version, shape, seed=seed)
    spec = detect_spec(tensors, "random weights")
    return build_model(spec, tensors, parse_strategy(strategy).placement(), digest=f"random {spec} {seed}")


def _tune(network: Network, initial: RowState) -> None:
    """Let every conversation begin with ``initial``; states are those of this beginning, so the fingerprint changes."""
    matrices = initial.tensors["wkv"].float().contiguous().cpu().numpy().tobytes()
    network.initial = initial
    network.fingerprint = _hash(network.fingerprint, hashlib.sha256(matrices).hexdigest())


def _hash(*parts: str) -> str:
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:32]
