"""Open .pth and .safetensors files without reading them whole, and find out what they contain."""

import ctypes
import hashlib
import mmap
import struct
import sys
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bot.engine.arrays import host_array
from bot.engine.files.detect import detect_spec
from bot.engine.files.file_format import find_format
from bot.engine.files.naming import canonical_names
from bot.engine.files.pth_reader import DamagedError, RefusedError, read_pth
from bot.engine.files.safetensors_reader import read_safetensors
from bot.engine.precisions import precision_of
from bot.engine.spec import ModelSpec
from bot.errors import ModelError

Array = NDArray[np.generic]
PAGE_OUT = 21  # MADV_PAGEOUT of Linux 5.4
SHOWN = 80  # characters of a name in a message
SAMPLE_BYTES = 2048  # of each tensor, at its beginning, middle and end, for the fingerprint


@dataclass(frozen=True, slots=True)
class ModelFile:
    """An opened model file. ``tensors`` are mapped from disk; only names and shapes have been read."""

    path: Path
    spec: ModelSpec
    tensors: Mapping[str, Array]
    metadata: Mapping[str, str] = field(default_factory=dict)

    @property
    def precision(self) -> str:
        """The precision in which the matrices are stored."""
        return precision_of(self.tensors["blocks.0.att.key.weight"].dtype)

    def digest(self) -> str:
        """A hash over names, shapes and samples of every tensor: it identifies a model without reading all of it."""
        digest = hashlib.sha256(self.spec.version.encode())
        for name in sorted(self.tensors):
            tensor = self.tensors[name]
            digest.update(f"{name} torch.{tensor.dtype} {tensor.shape}".encode())  # as torch writes types
            data = np.ascontiguousarray(tensor).reshape(-1).view(np.uint8)
            for start in {0, max(0, len(data) // 2 - SAMPLE_BYTES), max(0, len(data) - SAMPLE_BYTES)}:
                digest.update(data[start : start + SAMPLE_BYTES].tobytes())
        return digest.hexdigest()


def open_model(path: Path | str) -> ModelFile:
    """Map a model file and read its version and dimensions; raises ``ModelError`` that says what is wrong."""
    path = Path(path)
    stored, metadata = open_tensors(path)
    by_roost = "precision" in metadata and "source" in metadata
    source = "pth" if not metadata and path.suffix == ".pth" else "roost" if by_roost else "safetensors"
    tensors = canonical_names(stored, path.name, source=source)
    return ModelFile(path, detect_spec(tensors, path.name), tensors, metadata)


def open_tensors(path: Path) -> tuple[dict[str, Array], dict[str, str]]:
    """Map a .pth or .safetensors file; return the tensors by name, and the metadata (empty for .pth).

    Only a .pth from before PyTorch 1.6 is read into memory. Raises ``ModelError`` that says what is wrong.
    """
    kind = find_format(path)
    try:
        if kind == "safetensors":
            return read_safetensors(path)
        return _tensors_of(path, read_pth(path) if kind == "pth" else _read_old_pth(path)), {}
    except RefusedError as error:
        raise _unsafe(path) from error
    except (DamagedError, zipfile.BadZipFile, RuntimeError, EOFError, OSError, ValueError, LookupError, AttributeError,
            TypeError, struct.error) as error:  # fmt: skip
        raise _broken(path, error) from error


def _read_old_pth(path: Path) -> object:
    """Read the format of torch.save before 1.6 with torch: only its own reader supports it."""
    import pickle

    import torch

    try:
        content = torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        raise (DamagedError if "truncated" in str(error) else RefusedError)(str(error)) from error
    if not isinstance(content, dict):
        return content
    return {
        name: host_array(tensor) if isinstance(tensor, torch.Tensor) else tensor for name, tensor in content.items()
    }


def _unsafe(path: Path) -> ModelError:
    return ModelError("{path} holds more than tensors and is not opened, because reading it could run code.", path=path)


def _tensors_of(path: Path, content: object) -> dict[str, Array]:
    if not isinstance(content, dict):
        raise ModelError("{path} does not hold a model: tensors by name are expected.", path=path)
    if "_strategy" in content:
        raise ModelError(
            "{path} was converted by the rwkv package for the strategy {strategy}; use the original file.",
            path=path,
            strategy=content["_strategy"] if isinstance(content["_strategy"], str) else "?",
        )
    tensors = {str(name): tensor for name, tensor in content.items() if isinstance(tensor, np.ndarray)}
    if content and not tensors:
        names = ", ".join(str(name)[:SHOWN] for name in list(content)[:5])
        raise ModelError(
            "{path} does not hold a model: tensors by name are expected, and it has {names}. Of a training's "
            "checkpoint, use the file with the weights alone.",
            path=path,
            names=names,
        )
    return tensors


def release_pages(tensors: Mapping[str, Array]) -> None:
    """Release the memory used by reading mapped tensors; reading them again reads from the file.

    Only on Linux, and only a request that the system may decline.
    """
    if sys.platform != "linux":
        return
    system = ctypes.CDLL(None)
    for tensor in tensors.values():
        first, last = np.lib.array_utils.byte_bounds(tensor)
        begin = first // mmap.PAGESIZE * mmap.PAGESIZE
        length = last - begin
        system.madvise(ctypes.c_void_p(begin), ctypes.c_size_t(length), PAGE_OUT)


def _broken(path: Path, error: Exception) -> ModelError:
    text = str(error).strip()
    reason = text.splitlines()[0].split(". ")[0][:200] if text else type(error).__name__
    return ModelError("{path} is damaged ({reason}). Download it again.", path=path, reason=reason)
