"""Layered strategies of the `rwkv` package: which device holds which layer, and how much memory each one needs.

The rules follow the package's documentation (https://pypi.org/project/rwkv/): ``*8`` puts the next 8 layers on the
device, ``*8+`` keeps 8 there and streams the layers that no other part takes, parts without a number share the
remaining layers, and the last part takes the rest. The head counts as one more layer.
"""

import math
from collections import Counter
from dataclasses import dataclass

from bot.engine.files.memory import OVERHEAD_BYTES, MemoryNeed, check_memory, is_matrix
from bot.engine.precisions import BYTES
from bot.engine.spec import ModelSpec, tensor_shapes


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a strategy, such as ``cuda:0 fp16i8 *10+``; ``count`` is None if no number is given."""

    device: str
    precision: str
    quantised: bool
    count: int | None
    streams: bool


def parse_parts(strategy: str) -> list[Part]:
    """Parse a strategy that :func:`bot.engine.models.strategy.parse_strategy` has accepted."""
    parts = []
    for text in strategy.split("->"):
        device, precision, *number = text.split()
        count = int(number[0].strip("*+")) if number else None
        device = "cuda:0" if device == "cuda" else device  # both name the same memory
        parts.append(Part(device, precision[:4], "i" in precision, count, bool(number) and number[0].endswith("+")))
    return parts


def layers_of(parts: list[Part], layers: int) -> list[int]:
    """Return how many of the ``layers`` layers and the head each part holds, in order."""
    left = layers + 1
    held = []
    for part in parts:
        held.append(min(left, part.count or 0))
        left -= held[-1]
    streaming = [i for i, part in enumerate(parts) if part.streams]
    free = [i for i, part in enumerate(parts) if part.count is None]
    if streaming:
        held[streaming[-1]] += left
        return held
    for place, i in enumerate(free):
        held[i] = left // (len(free) - place)
        left -= held[i]
    held[-1] += left
    return held


def device_bytes(spec: ModelSpec, strategy: str) -> dict[str, int]:
    """Bytes of weights on each device once loaded; streamed layers and the embedding are in ``cpu`` memory."""
    parts = parse_parts(strategy)
    owners: list[tuple[Part, bool]] = []
    for part, count in zip(parts, layers_of(parts, spec.layers), strict=True):
        kept = count if not part.streams else min(count, part.count or 0)
        owners += [(part, place >= kept) for place in range(count)]
    found: Counter[str] = Counter()
    for name, shape in tensor_shapes(spec).items():
        last = name.startswith(("head.", "ln_out."))
        layer = spec.layers if last else int(name.split(".")[1]) if name.startswith("blocks.") else 0
        part, streamed = owners[layer]
        matrix = is_matrix(name, shape)
        here = "cpu" if name == "emb.weight" or (streamed and matrix) else part.device
        size = 1 if matrix and part.quantised else BYTES[part.precision]
        found[here] += math.prod(shape) * size
    return dict(found)


def check_devices_memory(spec: ModelSpec, strategy: str, rows: int, file: str) -> None:
    """Raise ``ModelError`` if a device of a layered strategy lacks the memory for its layers."""
    weights = {"cpu": 0} | device_bytes(spec, strategy)
    for device, size in weights.items():
        if not device.startswith(("cpu", "cuda")):
            continue  # torch does not report the memory of other devices
        here = rows if device == "cpu" else 1  # states are kept in the bot's process, and one row at a time is sent
        overhead = 2 * OVERHEAD_BYTES if device == "cpu" else OVERHEAD_BYTES  # two processes run on the CPU
        check_memory(MemoryNeed(size, 4 * spec.state_numbers, here, overhead=overhead), device, file)
