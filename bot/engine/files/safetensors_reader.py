"""Reads .safetensors files: a length (8 bytes, little-endian), a JSON header of that length, and the numbers."""

import json
import math
import struct
from pathlib import Path

import ml_dtypes
import numpy as np
from numpy.typing import NDArray

from bot.engine.precisions import BFLOAT16

Array = NDArray[np.generic]
MAX_AXES = 32

DTYPES = {
    "F64": np.dtype(np.float64), "F32": np.dtype(np.float32), "F16": np.dtype(np.float16), "BF16": BFLOAT16,
    "I8": np.dtype(np.int8), "U8": np.dtype(np.uint8), "I16": np.dtype(np.int16), "U16": np.dtype(np.uint16),
    "I32": np.dtype(np.int32), "U32": np.dtype(np.uint32), "I64": np.dtype(np.int64), "U64": np.dtype(np.uint64),
    "BOOL": np.dtype(np.bool_),
    "F8_E4M3": np.dtype(ml_dtypes.float8_e4m3fn), "F8_E5M2": np.dtype(ml_dtypes.float8_e5m2),
}  # fmt: skip
NAMES = {str(dtype): name for name, dtype in DTYPES.items()}


def read_safetensors(path: Path) -> tuple[dict[str, Array], dict[str, str]]:
    """Return the tensors, mapped from the file, and the metadata; the header's length must have been checked.

    Raises ``ValueError`` and similar exceptions if the header is malformed.
    """
    data = np.memmap(path, np.uint8, "c")
    length = struct.unpack("<Q", data[:8].tobytes())[0]
    header = json.loads(data[8 : 8 + length].tobytes())
    metadata = header.pop("__metadata__", {})
    numbers = data[8 + length :]
    tensors = {name: _tensor(name, entry, numbers) for name, entry in header.items()}
    return tensors, {str(key): str(value) for key, value in metadata.items()}


def _tensor(name: str, entry: dict[str, object], numbers: NDArray[np.uint8]) -> Array:
    match entry:
        case {"dtype": str() as kind, "shape": list() as shape, "data_offsets": [int() as begin, int() as end]}:
            if kind not in DTYPES:
                raise ValueError(f"the type {kind[:20]} of {name[:80]} is not known")
            dtype = DTYPES[kind]
            sizes = [size for size in shape[:MAX_AXES] if type(size) is int and 0 <= size < 1 << 48]
            whole = len(sizes) == len(shape) and 0 <= begin <= end <= numbers.size
            fits = whole and math.prod(sizes) * dtype.itemsize == end - begin
            if fits:
                tensor: Array = numbers[begin:end].view(dtype).reshape(sizes)
                return tensor
    raise ValueError(f"the entry of {name[:80]} contradicts itself")
