"""Initial states from state tuning: files with `blocks.i.att.time_state`, one matrix per head and layer."""

from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

import numpy as np

from bot.engine.arrays import Array, assign
from bot.engine.files.weights import open_tensors
from bot.engine.spec import ModelSpec
from bot.engine.state import RowState
from bot.errors import ModelError

TIME_STATE = "blocks.{}.att.time_state"


class Tunable(Protocol):
    """A model whose initial state can be another one."""

    spec: ModelSpec

    def initial_state(self) -> RowState:
        """The state before the first token."""


def read_tuned_state(path: Path, spec: ModelSpec) -> dict[str, Array]:
    """The matrices of a state file; raises ``ModelError`` where they are not for a model of this ``spec``."""
    if not path.exists():
        raise ModelError("There is no tuned state {path}.", path=path)
    tensors, _ = open_tensors(path)
    check_tuned_state(tensors, spec, path.name)
    return tensors


def check_tuned_state(tensors: Mapping[str, Array], spec: ModelSpec, name: str) -> None:
    """Raise ``ModelError`` where ``tensors`` do not hold a matrix (H, N, N) for each layer, and for no more layers."""
    if spec.version == "4":
        raise ModelError("RWKV-{version} has no tuned states: they are for 5, 6 and 7.", version=spec.version)
    shape = (spec.heads, spec.head_size, spec.head_size)
    found = [tensors.get(TIME_STATE.format(layer)) for layer in range(spec.layers)]
    fit = all(matrix is not None and tuple(matrix.shape) == shape for matrix in found)
    if not fit or TIME_STATE.format(spec.layers) in tensors:
        raise ModelError(
            "{file} is not a tuned state of this model: it needs blocks.0 to {last}.att.time_state, each {shape}.",
            file=name,
            last=spec.layers - 1,
            shape=shape,
        )


def apply_tuned_state(tensors: Mapping[str, Array], network: Tunable) -> RowState:
    """The initial state with the matrices of ``tensors``, which have been checked.

    They are (H, N values, N keys) in every version, so RWKV-5 and 6, whose state here is (keys, values), transpose them
    and RWKV-7 does not: as the training code of the versions lays them out.
    """
    return _with_matrices(network.initial_state(), tensors, network.spec)


def read_tuned_row(path: Path, spec: ModelSpec, initial: RowState) -> RowState:
    """The state of a file, for a conversation of a model that itself begins with ``initial``."""
    return _with_matrices(initial.clone(), read_tuned_state(path, spec), spec)


def _with_matrices(row: RowState, tensors: Mapping[str, Array], spec: ModelSpec) -> RowState:
    for layer in range(spec.layers):
        matrix = tensors[TIME_STATE.format(layer)]
        turned = matrix if spec.version.startswith("7") else matrix.swapaxes(1, 2)
        assign(row.tensors["wkv"], (layer,), turned.astype(np.float32))
    return row
