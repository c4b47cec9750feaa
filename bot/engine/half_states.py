"""Exported states at half the size: fp32 numbers are kept as fp16.

A restored state is close to the original (about 2e-4) but not equal, so replies that continue from it may differ. The
copy therefore begins with a magic number of its own and is never taken for an exact one.
"""

import hashlib
import json

import numpy as np
import safetensors
import safetensors.numpy
import zstandard

from bot.engine.state import HEADER_BYTES, MAGIC
from bot.errors import ModelError

HALF_MAGIC = b"ROOSTH16"
NARROWED = "narrowed"  # metadata: the names of the tensors that were fp32
LARGEST = float(np.finfo(np.float16).max)
DAMAGED = "The saved state is damaged: {reason}"
CHECKSUM = 32


def halved(data: bytes, state_bytes: int) -> bytes:
    """Return an exported state with its fp32 tensors as fp16, except those beyond fp16's range.

    ``state_bytes`` is the size of the model's state. Raises ``ModelError`` if ``data`` is not an exported state.
    """
    tensors, metadata = _unpacked(data, MAGIC, state_bytes)
    narrow = sorted(
        name for name, tensor in tensors.items()
        if tensor.dtype == np.float32 and float(np.abs(tensor).max(initial=0.0)) <= LARGEST
    )  # fmt: skip
    for name in narrow:
        tensors[name] = tensors[name].astype(np.float16)
    return _packed(tensors, metadata | {NARROWED: json.dumps(narrow)}, HALF_MAGIC)


def is_halved(data: bytes) -> bool:
    """Whether ``data`` was made by ``halved``."""
    return data.startswith(HALF_MAGIC)


def restored(data: bytes, state_bytes: int) -> bytes:
    """Return the exported state of which ``data`` is the ``halved`` copy. Raises ``ModelError`` if it is damaged."""
    tensors, metadata = _unpacked(data, HALF_MAGIC, state_bytes)
    try:
        names = json.loads(metadata.pop(NARROWED))
        for name in names:
            tensors[name] = tensors[name].astype(np.float32)
    except (KeyError, TypeError, ValueError) as error:
        raise ModelError(DAMAGED, reason=repr(error)) from error
    return _packed(tensors, metadata, MAGIC)


def _packed(tensors: dict[str, np.ndarray], metadata: dict[str, str], magic: bytes) -> bytes:
    compressed = zstandard.ZstdCompressor(level=1).compress(safetensors.numpy.save(tensors, metadata))
    return magic + hashlib.sha256(compressed).digest() + compressed


def _unpacked(data: bytes, magic: bytes, state_bytes: int) -> tuple[dict[str, np.ndarray], dict[str, str]]:
    start = len(magic) + CHECKSUM
    if not data.startswith(magic) or hashlib.sha256(data[start:]).digest() != data[len(magic) : start]:
        raise ModelError(DAMAGED, reason="its checksum does not match")
    limit = state_bytes + HEADER_BYTES  # a forged file must not unpack to gigabytes
    try:
        if zstandard.frame_content_size(data[start:]) > limit:
            raise ModelError(DAMAGED, reason="it is larger than a state of this model")
        payload = zstandard.ZstdDecompressor().decompress(data[start:], max_output_size=limit)
        header = json.loads(payload[8 : 8 + int.from_bytes(payload[:8], "little")])
        return safetensors.numpy.load(payload), dict(header.get("__metadata__", {}))
    except (zstandard.ZstdError, safetensors.SafetensorError, ValueError, RecursionError) as error:
        raise ModelError(DAMAGED, reason=error) from error
