"""Reading .safetensors weights: the same tensors as the library."""

import json
import struct
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from bot.engine.arrays import as_tensor
from bot.engine.files.safetensors_reader import DTYPES, NAMES, read_safetensors

TYPES = ("float64", "float32", "float16", "bfloat16", "int8", "uint8", "int16", "int32", "int64", "bool")


def test_every_type_is_read_as_the_library_reads_it(tmp_path: Path) -> None:
    tensors = {name: torch.arange(6).reshape(2, 3).to(getattr(torch, name)) for name in TYPES}
    tensors |= {"scalar": torch.tensor(3.0), "empty": torch.zeros(0, 2)}
    save_file(tensors, tmp_path / "x.safetensors", metadata={"format": "pt", "note": "é"})
    found, metadata = read_safetensors(tmp_path / "x.safetensors")
    assert metadata == {"format": "pt", "note": "é"}
    assert found.keys() == tensors.keys()
    for name, tensor in tensors.items():
        assert torch.equal(as_tensor(found[name]), tensor), name
    assert all(DTYPES[name] == dtype for dtype, name in NAMES.items())


@pytest.mark.parametrize(
    "entry",
    [
        {"dtype": "F32", "shape": [2], "data_offsets": [0, 12]},
        {"dtype": "F32", "shape": [-2, -1], "data_offsets": [0, 8]},
        {"dtype": "F32", "shape": [4], "data_offsets": [0, 16]},  # beyond the end
        {"dtype": "F32", "shape": [2], "data_offsets": [-8, 0]},
        {"dtype": "F32", "shape": ["2"], "data_offsets": [0, 8]},
        {"dtype": "F32", "shape": [True, 2], "data_offsets": [0, 8]},
        {"dtype": "F99", "shape": [2], "data_offsets": [0, 8]},
        {"dtype": "F32", "shape": [1 << 60, 0, 2], "data_offsets": [0, 0]},
        {"dtype": "F32", "shape": [1] * 60, "data_offsets": [0, 4]},
        {},
    ],
    ids=str,
)
def test_an_entry_that_contradicts_itself_or_the_file(entry: dict[str, object], tmp_path: Path) -> None:
    header = json.dumps({"x": entry}).encode()
    (tmp_path / "x.safetensors").write_bytes(struct.pack("<Q", len(header)) + header + b"\0" * 12)
    with pytest.raises(ValueError, match=r"x contradicts|of x is not known"):
        read_safetensors(tmp_path / "x.safetensors")
