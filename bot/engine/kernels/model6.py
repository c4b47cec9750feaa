"""A whole RWKV-6 model in one call, on the CPU; the formulas are in :mod:`bot.engine.models.rwkv6`."""

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from bot.engine.kernels.channel4 import CHANNEL_PHASES, channel4
from bot.engine.kernels.compiling import compiled
from bot.engine.kernels.head import head
from bot.engine.kernels.products import Stack, multiplied, multiply, of_layer
from bot.engine.kernels.time_mix6 import blend, time_mix6
from bot.engine.kernels.token_shift import shift_norm

Floats = npt.NDArray[np.float32]

SHIFT, COMPRESS, EXPAND, BLEND, PROJECT, DECAY_IN, DECAY_OUT, MIX, OUTPUT, CHANNEL = range(0, 20, 2)
LAYER_PHASES = CHANNEL + CHANNEL_PHASES


class Time6(NamedTuple):
    """The time mixing of all layers."""

    norm: tuple[Floats, Floats]  # (L, D) weights and biases
    mixes: Floats  # (L, 3, D) for the first token shift
    maa: Floats  # (L, 5, D) w k v r g
    parameters: Floats  # (L, H, 4, N)
    compress: Stack
    expand: Stack
    decay_in: Stack
    decay_out: Stack
    project: Stack  # r k v g
    output: Stack


@compiled
def _inputs(
    queue: Any, phase: int, layer: int, x: Any, delta: Any, previous: Any, places: Any, time: Any, scratch: Any
) -> None:
    """Apply both token shifts: the five inputs of the time mixing."""
    norm = (time.norm[0][layer], time.norm[1][layer], time.mixes[layer])
    shift_norm(queue, phase + SHIFT, x, delta, norm, previous, places, scratch.normed, scratch.shifted)
    compress, expand = of_layer(time.compress, layer), of_layer(time.expand, layer)
    multiply(queue, phase + COMPRESS, scratch.shifted, compress, scratch.rounding, scratch.inner[0])
    multiplied(queue, phase + COMPRESS, compress)
    multiply(queue, phase + EXPAND, scratch.inner, expand, scratch.rounding, scratch.low)
    multiplied(queue, phase + EXPAND, expand)
    blend(queue, phase + BLEND, scratch.shifted, time.maa[layer], scratch.low, scratch.mixed)


@compiled
def _time(queue: Any, phase: int, layer: int, delta: Any, pools: Any, places: Any, time: Any, scratch: Any) -> None:
    decay_in, decay_out = of_layer(time.decay_in, layer), of_layer(time.decay_out, layer)
    project, output = of_layer(time.project, layer), of_layer(time.output, layer)
    multiply(queue, phase + DECAY_IN, scratch.mixed, decay_in, scratch.low_rounding, scratch.decay_inner[0])
    multiply(queue, phase + PROJECT, scratch.mixed, project, scratch.rounding, scratch.project)
    multiplied(queue, phase + DECAY_IN, decay_in)
    multiply(queue, phase + DECAY_OUT, scratch.decay_inner, decay_out, scratch.low_rounding, scratch.decay)
    multiplied(queue, phase + PROJECT, project)
    multiplied(queue, phase + DECAY_OUT, decay_out)
    parameters, state, y = time.parameters[layer], pools[1][layer], scratch.y
    time_mix6(queue, phase + MIX, scratch.project, scratch.decay, True, parameters, state, places, y[0])
    multiply(queue, phase + OUTPUT, y, output, scratch.rounding, delta)
    multiplied(queue, phase + OUTPUT, output)


@compiled
def model6(
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
        _inputs(queue, phase, layer, x, delta, pools[0][layer], places, time, scratch)
        _time(queue, phase, layer, delta, pools, places, time, scratch)
        channel4(queue, phase + CHANNEL, layer, x, delta, pools[2][layer], places, channel, scratch)
    head(queue, layers * LAYER_PHASES, x, delta, chosen, norm, product, scratch, logits)
