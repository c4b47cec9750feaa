"""A network in the form that the whole-model CPU kernels take: the weights of all layers stacked."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bot.engine.kernels.head import HEAD_PHASES
from bot.engine.kernels.scratch import Scratch, rounding_scratch
from bot.engine.kernels.threads import team
from bot.engine.linear import Products
from bot.engine.row_places import Places
from bot.engine.spec import ModelSpec
from bot.engine.state import State

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Widths:
    """The size per token of each scratch buffer of a kernel; 0 if a version does not use it."""

    inputs: int  # number of mixing inputs, D each
    project: int
    inner: int = 0
    low: int = 0
    decay: int = 0  # rank
    v_first: bool = False


@dataclass(frozen=True, slots=True)
class Ending:
    """What follows the last layer (norm and head), and the model's dimensions."""

    spec: ModelSpec
    norm: tuple[Floats, Floats]
    head: Products


@dataclass(frozen=True, slots=True)
class FusedModel:
    """A kernel that computes a whole model, and its arguments."""

    ending: Ending
    kernel: Any
    layer_phases: int
    pools: tuple[str, ...]  # names of the states, in the kernel's order
    time: Any
    channel: Any
    widths: Widths

    def run(self, x: Floats, tokens: Ints, state: State, places: Places, chosen: Ints, *, alone: bool) -> Floats:
        """Compute the logits of the ``chosen`` tokens from embeddings ``x`` (T, D).

        ``alone``: the work is too small to wake the other threads.
        """
        ending = self.ending
        logits = np.empty((len(chosen), ending.spec.vocab_size), np.float32)
        pools = tuple(state.host(name) for name in self.pools)
        weights = (self.time, self.channel, ending.norm, ending.head.product)
        arguments = (x, np.zeros_like(x), pools, places, *weights, chosen)
        phases = ending.spec.layers * self.layer_phases + HEAD_PHASES
        team().run(self.kernel, phases, *arguments, self.scratch(len(x)), logits, alone=alone)
        return logits

    def scratch(self, tokens: int) -> Scratch:
        """Allocate the scratch buffers for a pass over ``tokens`` tokens."""
        spec, widths, precision = self.ending.spec, self.widths, self.ending.head.precision
        D, F = spec.width, spec.ffn_width

        def empty(*shape: int) -> Floats:
            return np.empty(shape, np.float32)

        return Scratch(
            normed=empty(tokens, D),
            mixed=empty(widths.inputs, tokens, D),
            project=empty(tokens, widths.project),
            inner=empty(1, tokens, widths.inner),
            low=empty(tokens, widths.low),
            y=empty(1, tokens, D),
            hidden=empty(1, tokens, F),
            gate=empty(tokens, D),
            v_first=empty(tokens if widths.v_first else 0, D),
            shifted=empty(3 if widths.decay else 0, tokens, D),
            decay_inner=empty(1, tokens, widths.decay),
            decay=empty(tokens if widths.decay else 0, D),
            rounding=rounding_scratch(precision, tokens * max(widths.inputs * D, F), widths.inputs * tokens),
            low_rounding=rounding_scratch(
                precision, tokens * max(widths.inputs * D, widths.inner, widths.decay), widths.inputs * tokens
            ),
            gate_rounding=rounding_scratch(precision, tokens * D, tokens),
        )
