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
    """A model whose initial state can be replaced."""

    spec: ModelSpec

    def initial_state(self) -> RowState:
        """Return the state before the first token."""


def read_tuned_state(path: Path, spec: ModelSpec) -> dict[str, Array]:
    """Read the matrices of a state file; raises ``ModelError`` if they do not fit a model of this ``spec``."""
    if not path.exists():
        raise ModelError("There is no tuned state {path}.", path=path)
    tensors, _ = open_tensors(path)
    check_tuned_state(tensors, spec, path.name)
    return tensors


def check_tuned_state(tensors: Mapping[str, Array], spec: ModelSpec, name: str) -> None:
    """Raise ``ModelError`` unless ``tensors`` has a matrix (H, N, N) for each layer, and for no further layers."""
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
    """Return the initial state with the matrices of ``tensors``, which must have been checked.

    They are (H, N values, N keys) in every version, as in the training code. RWKV-5 and 6 transpose them, because
    their state here is (keys, values); RWKV-7 does not.
    """
    return _with_matrices(network.initial_state(), tensors, network.spec)


def read_tuned_row(path: Path, spec: ModelSpec, initial: RowState) -> RowState:
    """Read the state in a file, for a conversation of a model whose own initial state is ``initial``."""
    return _with_matrices(initial.clone(), read_tuned_state(path, spec), spec)


def _with_matrices(row: RowState, tensors: Mapping[str, Array], spec: ModelSpec) -> RowState:
    for layer in range(spec.layers):
        matrix = tensors[TIME_STATE.format(layer)]
        turned = matrix if spec.version.startswith("7") else matrix.swapaxes(1, 2)
        assign(row.tensors["wkv"], (layer,), turned.astype(np.float32))
    return row
