"""A whole RWKV-5 model in one call, on the CPU; the formulas are in :mod:`bot.engine.models.rwkv5`."""

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from bot.engine.kernels.channel4 import CHANNEL_PHASES, channel4
from bot.engine.kernels.compiling import compiled
from bot.engine.kernels.head import head
from bot.engine.kernels.products import Stack, multiplied, multiply, of_layer
from bot.engine.kernels.time_mix6 import time_mix6
from bot.engine.kernels.token_shift import shift_norm

Floats = npt.NDArray[np.float32]

SHIFT, PROJECT, MIX, OUTPUT, CHANNEL = range(0, 10, 2)
LAYER_PHASES = CHANNEL + CHANNEL_PHASES


class Time5(NamedTuple):
    """The time mixing of all layers."""

    norm: tuple[Floats, Floats]  # (L, D) weights and biases
    mixes: Floats  # (L, 3 or 4, D) r k v g
    parameters: Floats  # (L, H, 4, N)
    project: Stack  # r k v g, without g in 5.0
    output: Stack


@compiled
def _time(
    queue: Any, phase: int, layer: int, x: Any, delta: Any, pools: Any, places: Any, time: Any, scratch: Any
) -> None:
    norm = (time.norm[0][layer], time.norm[1][layer], time.mixes[layer])
    shift_norm(queue, phase + SHIFT, x, delta, norm, pools[0][layer], places, scratch.normed, scratch.mixed)
    project, output = of_layer(time.project, layer), of_layer(time.output, layer)
    multiply(queue, phase + PROJECT, scratch.mixed, project, scratch.rounding, scratch.project)
    multiplied(queue, phase + PROJECT, project)
    parameters, state, y = time.parameters[layer], pools[1][layer], scratch.y
    time_mix6(queue, phase + MIX, scratch.project, y[0], False, parameters, state, places, y[0])
    multiply(queue, phase + OUTPUT, y, output, scratch.rounding, delta)
    multiplied(queue, phase + OUTPUT, output)


@compiled
def model5(
    queue: Any,
    x: Any,
    delta: Any,
    pools: Any,
    places: Any,
    time: Any,
    channel: Any,
    norm: Any,
    product: Any,
    chosen: Any,
    scratch: Any,
    logits: Any,
) -> None:
    """See :func:`bot.engine.kernels.model7.model7`."""
    layers = time.mixes.shape[0]
    for layer in range(layers):
        phase = layer * LAYER_PHASES
        _time(queue, phase, layer, x, delta, pools, places, time, scratch)
        channel4(queue, phase + CHANNEL, layer, x, delta, pools[2][layer], places, channel, scratch)
    head(queue, layers * LAYER_PHASES, x, delta, chosen, norm, product, scratch, logits)
