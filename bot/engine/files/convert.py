"""Convert model files to another precision: smaller, and faster to load. Writes one tensor at a time."""

import json
import math
import os
import shutil
import struct
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bot.engine.arrays import AnyArray, as_tensor, host_array
from bot.engine.files.memory import free_memory, gigabytes, is_matrix
from bot.engine.files.safetensors_reader import NAMES
from bot.engine.files.weights import ModelFile
from bot.engine.precisions import BFLOAT16, DTYPES
from bot.engine.quantization import SCALES, group_size, quantize
from bot.engine.spec import SHAPES, make_spec, tensor_shapes
from bot.errors import ModelError

Array = NDArray[np.generic]
KEPT = ("float32", "bfloat16", "float16", "int8")  # vectors of these types are left as they are


@dataclass(frozen=True, slots=True)
class Entry:
    """One tensor of the new file, and how to make it."""

    name: str
    dtype: np.dtype[np.generic]
    shape: tuple[int, ...]
    make: Callable[[], Array]

    @property
    def nbytes(self) -> int:
        """Size in the file, in bytes."""
        return self.dtype.itemsize * math.prod(self.shape)


def convert(
    file: ModelFile, precision: str, out: Path, progress: Callable[[int, int], None] = lambda done, total: None
) -> Path:
    """Write ``file`` as ``out`` (.safetensors) in ``precision``: fp32, bf16, fp16 or int8.

    int8 stores each large matrix as integers with a scale for every 64 inputs of a row, and the rest as bf16. Vectors
    keep their type. ``progress`` receives the bytes written and the total. Raises ``ModelError``.
    """
    if out.suffix != ".safetensors":
        raise ModelError("{out}: the new file must end in .safetensors.", out=out)
    if file.precision == "int8":
        raise ModelError(
            "{path} is int8 already, and converting it again would lose more: use the original.", path=file.path
        )
    entries = list(_entries(file, precision))
    total = sum(entry.nbytes for entry in entries)
    _check_disk(total, out)
    metadata = {"format": "pt", "version": file.spec.version, "precision": precision, "source": file.path.name}
    with _replacing(out) as part:
        _write(part, entries, metadata, lambda done: progress(done, total))
    return out


@contextmanager
def _replacing(out: Path) -> Iterator[Path]:
    """Yield a temporary file that replaces ``out`` once complete; raises ``ModelError`` if it cannot be written."""
    part = out.with_name(out.name + ".part")
    try:
        yield part
        part.replace(out)
    except OSError as error:
        raise ModelError("{out} cannot be written: {reason}.", out=out, reason=error.strerror or error) from error
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)


def _entries(file: ModelFile, precision: str) -> Iterator[Entry]:
    narrow = DTYPES.get(precision, BFLOAT16)
    for name, tensor in file.tensors.items():
        shape = tuple(tensor.shape)
        if precision == "int8" and is_matrix(name, shape):
            scales = (shape[0], shape[1] // group_size(shape[1]))
            both = _Quantizing(tensor)
            yield Entry(name, np.dtype(np.int8), shape, both.values)
            yield Entry(name + SCALES, np.dtype(np.float32), scales, both.scales)
        elif sum(size > 1 for size in shape) > 1:
            yield Entry(name, narrow, shape, partial(_narrowed, name, tensor, narrow))
        else:
            kept = tensor.dtype if str(tensor.dtype) in KEPT else np.dtype(np.float32)
            yield Entry(name, kept, shape, partial(_narrowed, name, tensor, kept))


class _Quantizing:
    """Quantises a matrix once for its two entries, and frees the scales after the second."""

    def __init__(self, tensor: Array) -> None:
        self.tensor = tensor
        self.waiting: Array | None = None

    def values(self) -> Array:
        quantized = quantize(self.tensor)
        self.waiting = quantized.scales
        return quantized.values

    def scales(self) -> Array:
        scales, self.waiting = self.waiting, None
        return quantize(self.tensor).scales if scales is None else scales


def _narrowed(name: str, tensor: Array, dtype: np.dtype[np.generic]) -> Array:
    with np.errstate(over="ignore"):
        result = tensor.astype(dtype)
    if dtype == np.float16 and not bool(np.isfinite(result).all()):
        raise ModelError("{name} has numbers beyond the range of fp16: convert to bf16 instead.", name=name)
    return result


def _write(path: Path, entries: list[Entry], metadata: dict[str, str], progress: Callable[[int], None]) -> None:
    """Write the safetensors format: the header's length (8 bytes), a JSON header, then the tensors, row-major."""
    header: dict[str, object] = {"__metadata__": metadata}
    end = 0
    for entry in entries:
        begin, end = end, end + entry.nbytes
        header[entry.name] = {
            "dtype": NAMES[str(entry.dtype)],
            "shape": entry.shape,
            "data_offsets": (begin, end),
        }
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 64)  # the format wants tensors aligned to 8 bytes
    with path.open("wb") as out:
        out.write(struct.pack("<Q", len(text)) + text)
        done = 0
        for entry in entries:
            numbers = np.ascontiguousarray(entry.make().astype(entry.dtype, copy=False))
            out.write(numbers.reshape(-1).view(np.uint8).data)
            done += entry.nbytes
            progress(done)
        out.flush()
        os.fsync(out.fileno())


def _check_disk(need: int, out: Path) -> None:
    free = shutil.disk_usage(out.parent).free if out.parent.is_dir() else 0
    if need > free:
        raise ModelError(
            "{out} would take {need}, and the folder has {free}.", out=out, need=gigabytes(need), free=gigabytes(free)
        )


def check_disk_space(version: str, shape: str, out: Path) -> None:
    """Raise ``ModelError`` if there is too little memory or disk space for :func:`write_random`."""
    sizes = [math.prod(size) for size in tensor_shapes(make_spec(version, SHAPES[shape])).values()]
    need = 2 * sum(sizes) + 4 * max(sizes)  # all of them in bfloat16, and the largest one in float32
    free = free_memory("cpu")
    if need > free:
        raise ModelError(
            "Random weights of the shape {shape} take {need} of memory to make, and only {free} are free.",
            shape=shape,
            need=gigabytes(need),
            free=gigabytes(max(0, free)),
        )
    _check_disk(2 * sum(sizes), out)


def write_random(version: str, shape: str, seed: int, out: Path) -> Path:
    """Write a model with random weights in bf16, like the published files. Raises ``ModelError``."""
    _check_ending(out)
    check_disk_space(version, shape, out)
    import torch

    from bot.engine.files.random_weights import random_weights

    return save_random(random_weights(version, shape, seed=seed, dtype=torch.bfloat16), out)


def save_random(tensors: Mapping[str, AnyArray], out: Path) -> Path:
    """Write random weights to ``out``: .pth like the published files, or .safetensors."""
    _check_ending(out)
    with _replacing(out) as part:
        if out.suffix == ".pth":
            save_tensors(tensors, part)
        else:
            arrays = {name: host_array(tensor) for name, tensor in tensors.items()}
            entries = [Entry(name, array.dtype, array.shape, array.copy) for name, array in arrays.items()]
            _write(part, entries, {"format": "pt"}, lambda done: None)
    return out


def save_tensors(tensors: Mapping[str, AnyArray], path: Path) -> None:
    """Write a .pth with torch."""
    import torch

    with path.open("wb") as file:
        torch.save({name: as_tensor(tensor).clone() for name, tensor in tensors.items()}, file)


def _check_ending(out: Path) -> None:
    if out.suffix not in (".pth", ".safetensors"):
        raise ModelError("{out}: the new file must end in .pth or .safetensors.", out=out)
