"""Detect the format of a weights file and whether it is complete, before anything is loaded."""

import json
import operator
import struct
import zipfile
from pathlib import Path
from typing import Literal

from bot.errors import ModelError

Format = Literal["pth", "old pth", "safetensors"]

ZIP = b"PK\x03\x04"
OLD_PTH = b"\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19"  # the magic number of torch.save before 1.6
MAX_HEADER_BYTES = 8_000_000  # bytes: ten times that of a model with 100 layers; the format allows 100 MB
GGML = (b"lmgg", b"fmgg", b"tjgg")  # ggml, ggmf and ggjt, in file byte order
SHOWN = 5  # names in a message


def find_format(path: Path) -> Format:
    """Return the format of a file; if it is not a model, raises ``ModelError`` that says what it is."""
    head, size = _head(path)
    if head.startswith((ZIP, OLD_PTH)) and path.suffix == ".safetensors":  # torch.load goes by the file name
        raise ModelError("{path} is a .pth file by what is in it: rename it, so that its name ends in .pth.", path=path)
    if head.startswith(ZIP):
        _check_zip(path, size)
        return "pth"
    if head.startswith(OLD_PTH):
        return "old pth"
    if len(head) > 8 and head[8:9] == b"{" and (length := struct.unpack("<Q", head[:8])[0]) <= MAX_HEADER_BYTES:
        _check_safetensors(path, size, length)
        return "safetensors"
    raise ModelError("{path} {found}. Roost reads RWKV weights as .pth or .safetensors.", path=path, found=_other(head))


def _head(path: Path) -> tuple[bytes, int]:
    """Return the first bytes, and the size of the whole file."""
    if path.is_dir():
        files = [file.name for file in sorted(path.iterdir()) if file.suffix in (".pth", ".safetensors", ".st")]
        raise ModelError(
            "{path} is a folder: name a model file in it ({files}).",
            path=path,
            files=_several(files) or "there is none, neither .pth nor .safetensors",
        )
    if not path.exists():
        raise ModelError("There is no model file {path}. See which are here with: roost model list", path=path)
    try:
        with path.open("rb") as file:
            return file.read(64), path.stat().st_size
    except OSError as error:
        raise ModelError("{path} cannot be read: {reason}.", path=path, reason=error.strerror) from error


def _other(head: bytes) -> str:
    """Describe a file that begins with ``head`` and contains no weights."""
    if not head:
        return "is empty: download it again"
    if head.startswith(b"GGUF"):
        return "is a GGUF file, for llama.cpp: use the .pth file of the same model"
    if head.startswith(GGML):
        return "is a ggml file, for rwkv.cpp: use the .pth file of the same model"
    if head.startswith(b"version https://git-lfs"):
        return "is a Git LFS pointer, not the weights themselves: download the file again"
    if head.lstrip()[:1] == b"<":
        return "is a web page, not the weights: download the file again"
    if len(head) >= 8 and all(byte in b"\t\n\r" or 32 <= byte < 127 for byte in head):
        return f"is a text file that begins with {head[:24].decode('ascii')!r}"
    if len(head) < 64:
        return f"is cut short ({len(head)} bytes): download it again"
    if head[:1] == b"\x80":
        return "is a pickle that PyTorch did not save, and is not opened, because reading it could run code"
    return f"is no model file: it begins with the bytes {head[:4].hex(' ')}"


def _check_zip(path: Path, size: int) -> None:
    """Check a .pth, which is a zip archive: its directory is at the end, so a truncated file has none."""
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, struct.error) as error:
        raise ModelError(
            "{path} is cut short: {size} bytes are here, but a .pth ends with a list of its tensors, and that is "
            "missing. Download it again.",
            path=path,
            size=f"{size:,}",
        ) from error
    parts = {name.partition("/")[2] for name in names}
    if "data.pkl" not in parts or "constants.pkl" in parts:  # constants.pkl: a TorchScript program
        raise ModelError(
            "{path} is a zip archive, but not one of weights that PyTorch saved: it holds {names}.",
            path=path,
            names=_several(names) or "nothing",
        )


def _check_safetensors(path: Path, size: int, length: int) -> None:
    """Check the header's length (8 bytes) and the JSON header, which says where each tensor ends."""
    whole = 8 + length
    if size >= whole:
        try:
            with path.open("rb") as file:
                header = json.loads(file.read(whole)[8:])
            ends = [entry["data_offsets"][1] for name, entry in header.items() if name != "__metadata__"]
            whole += max(map(operator.index, ends), default=0)
        except (ValueError, AttributeError, KeyError, IndexError, TypeError, RecursionError, OverflowError) as error:
            raise ModelError(
                "{path} is damaged: the list of tensors at its beginning cannot be read. Download it again.", path=path
            ) from error
    if size == whole:
        return
    wrong = "cut short" if size < whole else "damaged"
    raise ModelError(
        "{path} is {wrong}: {size} bytes are here, where it needs {whole}. Download it again.",
        path=path,
        wrong=wrong,
        size=f"{size:,}",
        whole=f"{whole:,}" if size >= 8 + length else f"more than {whole:,}",
    )


def _several(names: list[str]) -> str:
    return ", ".join(names[:SHOWN]) + (" ..." if len(names) > SHOWN else "")
