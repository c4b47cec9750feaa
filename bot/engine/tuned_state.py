"""Initial states from state tuning: files with `blocks.i.att.time_state`, one matrix per head and layer."""

from collections.abc import Mapping
from pathlib import Path

from torch import Tensor

from bot.engine.network import Network
from bot.engine.state import RowState
from bot.engine.weights import open_tensors
from bot.errors import ModelError


def read_tuned_state(path: Path, network: Network) -> RowState:
    """The initial state of ``network`` with a state file's matrices; raises ``ModelError`` when they do not fit."""
    return apply_tuned_state(open_tensors(path)[0], network, path.name)


def apply_tuned_state(tensors: Mapping[str, Tensor], network: Network, name: str) -> RowState:
    """The initial state with the matrices of ``tensors``.

    They are (H, N values, N keys) in every version, so RWKV-5 and 6, whose state here is (keys, values), transpose them
    and RWKV-7 does not: as the training code of the versions lays them out.
    """
    spec = network.spec
    row = network.initial_state()
    if "wkv" not in row.tensors:
        raise ModelError("RWKV-{version} has no tuned states: they are for 5, 6 and 7.", version=spec.version)
    shape = (spec.heads, spec.head_size, spec.head_size)
    for layer in range(spec.layers):
        matrix = tensors.get(f"blocks.{layer}.att.time_state")
        if matrix is None or tuple(matrix.shape) != shape or f"blocks.{spec.layers}.att.time_state" in tensors:
            raise ModelError(
                "{file} is not a tuned state of this model: it needs blocks.0 to {last}.att.time_state, each {shape}.",
                file=name,
                last=spec.layers - 1,
                shape=shape,
            )
        wkv = row.tensors["wkv"][layer]
        wkv.copy_(matrix if spec.version.startswith("7") else matrix.transpose(1, 2))
    return row
