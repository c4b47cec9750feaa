"""The channel mixing of RWKV-4, 5 and 6 for all layers, on the CPU: squared ReLU between two matrices, with a gate.

The formulas are in :mod:`bot.engine.models.rwkv4`.
"""

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from bot.engine.kernels.compiling import compiled
from bot.engine.kernels.products import Stack, multiplied, multiply, of_layer
from bot.engine.kernels.token_shift import shift_norm
from bot.engine.kernels.work_queue import report, take, wait

Floats = npt.NDArray[np.float32]

SHIFT, KEY, RECEPTANCE, VALUE, GATE = range(0, 10, 2)
CHANNEL_PHASES = 10


class GatedChannel(NamedTuple):
    """The channel mixing of all layers."""

    norm: tuple[Floats, Floats]  # (L, D) weights and biases
    mixes: Floats  # (L, 2, D) k r
    key: Stack
    receptance: Stack
    value: Stack


@compiled
def channel4(
    queue: Any, phase: int, layer: int, x: Any, delta: Any, previous: Any, places: Any, channel: Any, scratch: Any
) -> None:
    """Add ``delta`` to the residual ``x``, both (T, D), and write the next delta to ``delta``.

    ``previous`` (slots, D): the layer's token shift, advanced in place.
    """
    norm = (channel.norm[0][layer], channel.norm[1][layer], channel.mixes[layer])
    shift_norm(queue, phase + SHIFT, x, delta, norm, previous, places, scratch.normed, scratch.mixed)
    key, gate, value = of_layer(channel.key, layer), of_layer(channel.receptance, layer), of_layer(channel.value, layer)
    multiply(queue, phase + KEY, scratch.mixed[:1], key, scratch.rounding, scratch.hidden[0])
    multiply(queue, phase + RECEPTANCE, scratch.mixed[1:2], gate, scratch.gate_rounding, scratch.gate)
    multiplied(queue, phase + KEY, key)
    multiply(queue, phase + VALUE, scratch.hidden, value, scratch.rounding, delta)
    multiplied(queue, phase + RECEPTANCE, gate)
    multiplied(queue, phase + VALUE, value)
    _under_gate(queue, phase + GATE, scratch.gate, delta)


@compiled
def _under_gate(queue: Any, phase: int, gate: Floats, delta: Floats) -> None:
    tokens, done = delta.shape[0], 0
    t = take(queue, phase, 1)
    while t < tokens:
        for i in range(delta.shape[1]):
            delta[t, i] *= gate[t, i]
        done += 1
        t = take(queue, phase, 1)
    report(queue, phase, done)
    wait(queue, phase, tokens)
