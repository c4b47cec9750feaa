"""How much memory a model needs, computed from its dimensions before anything is loaded."""

import math
from dataclasses import dataclass
from pathlib import Path

import psutil

from bot.engine.placement import Placement
from bot.engine.precisions import BYTES, EIGHT_BITS
from bot.engine.quantization import group_size
from bot.engine.spec import ModelSpec, tensor_shapes
from bot.engine.state import parkable
from bot.errors import ModelError

CPU_OVERHEAD_BYTES = 250_000_000  # Python, kernels, activations, web page, database, as measured with `roost run`
OVERHEAD_BYTES = 430_000_000  # the same with torch
CGROUP = Path("/sys/fs/cgroup")


@dataclass(frozen=True, slots=True)
class MemoryNeed:
    """Memory requirements in bytes."""

    weights: int
    state_per_row: int
    rows: int
    parked: int = 0  # number of rows that can be parked in CPU memory; 0 on a GPU
    overhead: int = OVERHEAD_BYTES

    @property
    def states(self) -> int:
        """The states of the rows and of the parked rows."""
        return self.state_per_row * (self.rows + self.parked)

    @property
    def total(self) -> int:
        """Weights, states and overhead."""
        return self.weights + self.states + self.overhead


def estimate(spec: ModelSpec, placement: Placement, *, rows: int = 1, stored: int = 2) -> MemoryNeed:
    """Estimate a running model's memory; ``stored`` is the bytes per number in the file, which tables keep."""
    weights = 0
    small = BYTES[placement.small]
    for name, shape in tensor_shapes(spec).items():
        numbers = math.prod(shape)
        if name.endswith("emb.weight"):
            weights += numbers * stored  # embeddings are only looked up: they keep the file's type
        elif is_matrix(name, shape):
            weights += matrix_bytes(shape, placement.precision)
        else:
            weights += numbers * (small if len(shape) > 1 else BYTES[placement.activation])
    row = spec.state_numbers * (4 if spec.version == "4" else BYTES[placement.state])
    spare = placement.kernels == "triton"  # graphs use one extra slot to pad batches
    parked = parkable(rows, row) if placement.device == "cpu" else 0
    overhead = CPU_OVERHEAD_BYTES if placement.kernels == "numba" else OVERHEAD_BYTES
    return MemoryNeed(weights, row, rows + spare, parked, overhead)


def is_matrix(name: str, shape: tuple[int, ...]) -> bool:
    """Whether a tensor is one of the large matrices, which are kept in the requested precision."""
    return name.endswith(".weight") and len(shape) == 2 and "emb" not in name


def matrix_bytes(shape: tuple[int, ...], precision: str) -> int:
    """Bytes of a matrix (out, in); int8 has a float32 scale for each group of inputs."""
    numbers = math.prod(shape)
    if precision in EIGHT_BITS:
        return numbers + 4 * numbers // group_size(shape[-1])
    return numbers * BYTES[precision]


def free_memory(device: str) -> int:
    """Return the free bytes on the device, within the container's limit if there is one."""
    if device.startswith("cuda"):
        import torch

        return int(torch.cuda.mem_get_info(device)[0])
    free = int(psutil.virtual_memory().available)
    try:
        limit, used = ((CGROUP / name).read_text().strip() for name in ("memory.max", "memory.current"))
        cached = dict(line.split() for line in (CGROUP / "memory.stat").read_text().splitlines())
        return free if limit == "max" else min(free, int(limit) - int(used) + int(cached.get("inactive_file", 0)))
    except (OSError, ValueError):
        return free


def check_memory(need: MemoryNeed, device: str, file: str) -> None:
    """Raise ``ModelError`` with the figures and possible remedies if ``need`` does not fit."""
    free = free_memory(device)
    if need.total > free:
        raise ModelError(
            "{file} needs about {need} of memory ({weights} for weights, {states} for the states of {rows} rows), but "
            "only {free} are free on {device}. Use a smaller precision (cpu bf16, cpu int8, cuda fp16i8), fewer rows "
            "or a smaller model.",
            file=file,
            need=gigabytes(need.total),
            weights=gigabytes(need.weights),
            states=gigabytes(need.states),
            rows=need.rows,
            free=gigabytes(max(0, free)),
            device=device,
        )


def gigabytes(size: int) -> str:
    """Format a size for users: ``3.2 GB``, ``180 MB``."""
    return f"{size / 1e9:.1f} GB" if size >= 1e9 else f"{max(1, round(size / 1e6))} MB"
