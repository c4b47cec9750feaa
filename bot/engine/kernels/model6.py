"""A whole model of RWKV-6 in one call, on the CPU; the formulas stand in :mod:`bot.engine.models.rwkv6`."""

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
    mixes: Floats  # (L, 3, D) of the first token shift
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
    board: Any, phase: int, layer: int, x: Any, delta: Any, previous: Any, places: Any, time: Any, room: Any
) -> None:
    """Both token shifts: the five inputs of the time mixing."""
    norm = (time.norm[0][layer], time.norm[1][layer], time.mixes[layer])
    shift_norm(board, phase + SHIFT, x, delta, norm, previous, places, room.normed, room.shifted)
    compress, expand = of_layer(time.compress, layer), of_layer(time.expand, layer)
    multiply(board, phase + COMPRESS, room.shifted, compress, room.rounding, room.inner[0])
    multiplied(board, phase + COMPRESS, compress)
    multiply(board, phase + EXPAND, room.inner, expand, room.rounding, room.low)
    multiplied(board, phase + EXPAND, expand)
    blend(board, phase + BLEND, room.shifted, time.maa[layer], room.low, room.mixed)


@compiled
def _time(board: Any, phase: int, layer: int, delta: Any, pools: Any, places: Any, time: Any, room: Any) -> None:
    decay_in, decay_out = of_layer(time.decay_in, layer), of_layer(time.decay_out, layer)
    project, output = of_layer(time.project, layer), of_layer(time.output, layer)
    multiply(board, phase + DECAY_IN, room.mixed, decay_in, room.rounding, room.decay_inner[0])
    multiply(board, phase + PROJECT, room.mixed, project, room.rounding, room.project)
    multiplied(board, phase + DECAY_IN, decay_in)
    multiply(board, phase + DECAY_OUT, room.decay_inner, decay_out, room.rounding, room.decay)
    multiplied(board, phase + PROJECT, project)
    multiplied(board, phase + DECAY_OUT, decay_out)
    parameters, state, y = time.parameters[layer], pools[1][layer], room.y
    time_mix6(board, phase + MIX, room.project, room.decay, True, parameters, state, places, y[0])
    multiply(board, phase + OUTPUT, y, output, room.rounding, delta)
    multiplied(board, phase + OUTPUT, output)


@compiled
def model6(
    board: Any,
    x: Any,
    delta: Any,
    pools: Any,
    places: Any,
    time: Any,
    channel: Any,
    norm: Any,
    product: Any,
    chosen: Any,
    room: Any,
    logits: Any,
) -> None:
    """See :func:`bot.engine.kernels.model7.model7`."""
    layers = time.mixes.shape[0]
    for layer in range(layers):
        phase = layer * LAYER_PHASES
        _inputs(board, phase, layer, x, delta, pools[0][layer], places, time, room)
        _time(board, phase, layer, delta, pools, places, time, room)
        channel4(board, phase + CHANNEL, layer, x, delta, pools[2][layer], places, channel, room)
    head(board, layers * LAYER_PHASES, x, delta, chosen, norm, product, room, logits)
