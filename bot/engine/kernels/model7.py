"""A whole RWKV-7 model in one call, on the CPU: between separate calls the threads would fall asleep.

The formulas are in :mod:`bot.engine.models.rwkv7`. T packed tokens, D width, F width of the feed-forward part, L
layers.
"""

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from bot.engine.kernels.compiling import compiled
from bot.engine.kernels.head import head
from bot.engine.kernels.products import Stack, multiplied, multiply, of_layer
from bot.engine.kernels.time_mix7 import time_mix7
from bot.engine.kernels.token_shift import shift_norm

Floats = npt.NDArray[np.float32]

# Phases of a layer; each operation takes one or two
SHIFT, COMPRESS, PROJECT, EXPAND, MIX, OUTPUT, SHIFT_FFN, KEY, VALUE = range(0, 18, 2)
LAYER_PHASES = 18


class Time7(NamedTuple):
    """The time mixing of all layers."""

    norm: tuple[Floats, Floats]  # (L, D) weights and biases
    mixes: Floats  # (L, 6, D) r k v w a g
    parameters: Floats  # (L, H, 8, N)
    project: Stack  # r k v
    compress: Stack  # w a g v; layer 0 has no v
    expand: Stack
    output: Stack


class Channel7(NamedTuple):
    """The channel mixing of all layers."""

    norm: tuple[Floats, Floats]
    mixes: Floats  # (L, 1, D)
    key: Stack
    value: Stack


@compiled
def _time(
    queue: Any, phase: int, layer: int, x: Any, delta: Any, pools: Any, places: Any, time: Any, scratch: Any
) -> None:
    norm = (time.norm[0][layer], time.norm[1][layer], time.mixes[layer])
    shift_norm(queue, phase + SHIFT, x, delta, norm, pools[0][layer], places, scratch.normed, scratch.mixed)
    project, compress = of_layer(time.project, layer), of_layer(time.compress, layer)
    expand, output = of_layer(time.expand, layer), of_layer(time.output, layer)
    multiply(queue, phase + COMPRESS, scratch.mixed, compress, scratch.low_rounding, scratch.inner[0])
    multiply(queue, phase + PROJECT, scratch.mixed[:3], project, scratch.rounding, scratch.project)
    multiplied(queue, phase + COMPRESS, compress)
    multiply(queue, phase + EXPAND, scratch.inner, expand, scratch.low_rounding, scratch.low)
    multiplied(queue, phase + PROJECT, project)
    multiplied(queue, phase + EXPAND, expand)
    parameters, state, y = time.parameters[layer], pools[1][layer], scratch.y
    time_mix7(
        queue, phase + MIX, scratch.project, scratch.low, parameters, scratch.v_first, layer > 0, state, places, y[0]
    )
    multiply(queue, phase + OUTPUT, y, output, scratch.rounding, delta)
    multiplied(queue, phase + OUTPUT, output)


@compiled
def _channel(
    queue: Any, phase: int, layer: int, x: Any, delta: Any, pools: Any, places: Any, channel: Any, scratch: Any
) -> None:
    norm = (channel.norm[0][layer], channel.norm[1][layer], channel.mixes[layer])
    shift_norm(queue, phase + SHIFT_FFN, x, delta, norm, pools[2][layer], places, scratch.normed, scratch.y)
    key, value = of_layer(channel.key, layer), of_layer(channel.value, layer)
    multiply(queue, phase + KEY, scratch.y, key, scratch.rounding, scratch.hidden[0])
    multiplied(queue, phase + KEY, key)
    multiply(queue, phase + VALUE, scratch.hidden, value, scratch.rounding, delta)
    multiplied(queue, phase + VALUE, value)


@compiled
def time_alone(queue: Any, layer: int, x: Any, delta: Any, pools: Any, places: Any, time: Any, scratch: Any) -> None:
    """Run the time mixing of one layer on its own."""
    _time(queue, 0, layer, x, delta, pools, places, time, scratch)


@compiled
def model7(
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
    """Compute ``logits`` (chosen, V) from embeddings ``x`` (T, D). ``delta`` (T, D) must be zero.

    ``pools``: the states att_x, wkv, ffn_x, layer by layer, advanced in place; ``places``: see
    :mod:`bot.engine.row_places`; ``norm`` and ``product``: the last norm and the head; ``scratch``: see
    :class:`bot.engine.kernels.scratch.Scratch`.
    """
    layers = time.mixes.shape[0]
    for layer in range(layers):
        phase = layer * LAYER_PHASES
        _time(queue, phase, layer, x, delta, pools, places, time, scratch)
        _channel(queue, phase, layer, x, delta, pools, places, channel, scratch)
    head(queue, layers * LAYER_PHASES, x, delta, chosen, norm, product, scratch, logits)
