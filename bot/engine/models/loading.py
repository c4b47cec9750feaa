"""The model protocol used by the engine, and loading by version. torch is imported only where it computes."""

import hashlib
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np

from bot.engine.arrays import AnyArray, Array, host_array
from bot.engine.cpu.cpu_model import CpuModel
from bot.engine.files.detect import detect_spec
from bot.engine.files.memory import check_memory, estimate
from bot.engine.files.weights import ModelFile, open_model, release_pages
from bot.engine.kernels.tiles import HAS_DOT
from bot.engine.models.strategy import Strategy, parse_strategy
from bot.engine.models.tuned_state import TIME_STATE, apply_tuned_state, check_tuned_state, read_tuned_state
from bot.engine.out_of_memory import is_out_of_memory, out_of_memory
from bot.engine.placement import Placement
from bot.engine.spec import ModelSpec, Shape
from bot.engine.state import RowState, State
from bot.errors import ModelError

if TYPE_CHECKING:
    from bot.engine.models.network import Network

__all__ = ["Model", "ModelSpec", "RowState", "State", "build_model", "load_model", "random_model"]

LONG_NAMES = {"fp32": "float32", "fp16": "float16", "bf16": "bfloat16"}


class Model(Protocol):
    """What the engine needs from a model."""

    spec: ModelSpec
    precision: str
    fingerprint: str  # identifies weights, precision and tuned state: states of another fingerprint do not fit
    weight_bytes: int
    reads_ahead: bool  # whether a few tokens of a row in one pass cost little more than one

    @property
    def device(self) -> object:
        """The device that computes; its string is the device's name."""

    def new_state(self, slots: int) -> State:
        """Create a pool of ``slots`` rows in the initial state."""

    def computing(self) -> AbstractContextManager[object]:
        """Return the context in which the thread that calls :meth:`forward` should run."""

    def forward(
        self,
        tokens: Sequence[int],
        lengths: Sequence[int],
        state: State,
        slots: Sequence[int],
        *,
        full_output: bool = False,
    ) -> AnyArray:
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

    Raises ``ModelError``, before any memory is allocated, if the strategy, the device or the file cannot be used, or
    if there is too little memory for that many rows.
    """
    plan = parse_strategy(strategy)
    file = open_model(path)
    if plan.layered:
        if tuned_state is not None:
            raise ModelError("Tuned states do not go with the strategy {strategy}.", strategy=plan.text)
        return _by_package(file, plan, rows)
    tuned = _tuned_state(file, tuned_state)
    placement = plan.placement(state_precision)
    network = _build(file, placement, rows)
    if tuned is not None:
        _tune(network, apply_tuned_state(tuned, network))
    release_pages(file.tensors)
    if isinstance(network, CpuModel) or placement.kernels != "triton":
        return network
    from bot.engine.models.networks import with_graphs

    return with_graphs(network)


def _by_package(file: ModelFile, plan: Strategy, rows: int) -> Model:
    from bot.engine.models.rwkv_package import PackageModel

    return PackageModel(file, plan, rows=rows)


def _tuned_state(file: ModelFile, path: Path | str | None) -> Mapping[str, Array] | None:
    """Return the checked tensors of a tuned state, from its own file or from a model file that contains one."""
    if path is not None:
        return read_tuned_state(Path(path), file.spec)
    if TIME_STATE.format(0) not in file.tensors:
        return None
    check_tuned_state(file.tensors, file.spec, file.path.name)
    return file.tensors


def _build(file: ModelFile, placement: Placement, rows: int) -> "CpuModel | Network":
    """Build the network, after checking that there is enough memory."""
    stored = file.tensors["emb.weight"].itemsize
    check_memory(estimate(file.spec, placement, rows=rows, stored=stored), placement.device, file.path.name)
    try:
        return build_model(file.spec, file.tensors, placement, digest=file.digest())
    except Exception as error:
        if is_out_of_memory(error):
            raise out_of_memory(file.path.name, placement.device) from error
        raise


def build_model(
    spec: ModelSpec, tensors: Mapping[str, AnyArray], placement: Placement, *, digest: str = ""
) -> "CpuModel | Network":
    """Build a model from tensors that are already open; ``digest`` identifies them in the fingerprint."""
    types = (f"torch.{LONG_NAMES[precision]}" for precision in (placement.activation, placement.state))
    parts = [digest, placement.precision, *types]
    if HAS_DOT and placement.fused and "bf16" in (placement.precision, placement.small):
        parts.append("activations rounded to bf16")  # other machines do not round, so their states differ
    fingerprint = _hash(*parts)
    if placement.fused:
        return CpuModel(spec, tensors, placement, fingerprint=fingerprint)
    from bot.engine.models.networks import build_network

    return build_network(spec, tensors, placement, fingerprint)


def random_model(
    version: str = "7", shape: str | Shape = "tiny", strategy: str = "cpu fp32", *, seed: int = 0
) -> "CpuModel | Network":
    """Create a model with random weights, for tests and benchmarks."""
    from bot.engine.files.random_weights import random_weights

    tensors = random_weights(version, shape, seed=seed)
    spec = detect_spec(tensors, "random weights")
    return build_model(spec, tensors, parse_strategy(strategy).placement(), digest=f"random {spec} {seed}")


def _tune(network: "CpuModel | Network", initial: RowState) -> None:
    """Make ``initial`` the initial state of every conversation; the fingerprint changes, as states depend on it."""
    matrices = host_array(initial.tensors["wkv"]).astype(np.float32).tobytes()
    network.initial = initial
    network.fingerprint = _hash(network.fingerprint, hashlib.sha256(matrices).hexdigest())


def _hash(*parts: str) -> str:
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:32]
