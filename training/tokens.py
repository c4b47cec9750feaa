"""Token files: documents end to end, as token ids, loss weights (in tenths) and document starts."""

from __future__ import annotations

import lzma
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np


@dataclass(frozen=True, slots=True)
class Tokens:
    """Encoded documents: ids (n,) uint16, weights (n,) uint8 in tenths, starts (documents + 1,) int64."""

    ids: np.ndarray
    weights: np.ndarray
    starts: np.ndarray

    def save(self, path: Path, origin: str = "") -> None:
        """Write an ``.npz`` file whole or not at all; `origin` tells what it was made from (`origin_of`).

        LZMA takes half a byte a token, a half of what zlib takes; equal tokens give equal files.
        """
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = path.with_name(f"{path.name}.partial")
        values = {"ids": self.ids, "weights": self.weights, "starts": self.starts, "origin": np.array(origin)}
        try:
            with zipfile.ZipFile(partial, "w") as archive:
                for name, value in values.items():
                    entry = zipfile.ZipInfo(f"{name}.npy")  # with a fixed date
                    entry.compress_type = zipfile.ZIP_LZMA
                    with archive.open(entry, "w", force_zip64=True) as member:
                        np.lib.format.write_array(member, value, allow_pickle=False)
            partial.replace(path)
        finally:
            partial.unlink(missing_ok=True)

    @staticmethod
    def load(path: Path) -> Tokens:
        """Read what `save` wrote."""
        with np.load(path, allow_pickle=False) as file:
            return Tokens(file["ids"], file["weights"], file["starts"])


def joined(parts: Sequence[Tokens]) -> Tokens:
    """Concatenate the documents of several files."""
    offsets = np.cumsum([0, *(len(part.ids) for part in parts)])
    starts = [part.starts[:-1] + offset for part, offset in zip(parts, offsets, strict=False)]
    return Tokens(
        np.concatenate([part.ids for part in parts]),
        np.concatenate([part.weights for part in parts]),
        np.concatenate([*starts, offsets[-1:]]),
    )


def origin_of(path: Path) -> str:
    """Return the `origin` that a token file was saved with; "" without a file, or with a damaged one."""
    try:
        with path.open("rb") as opened, np.load(opened, allow_pickle=False) as file:
            return str(file["origin"])
    except (OSError, KeyError, ValueError, EOFError, RuntimeError, zipfile.BadZipFile, lzma.LZMAError):
        return ""
