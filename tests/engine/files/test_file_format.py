"""Files that are not a model, or an incomplete one: one line says what the file is and what to do."""

import json
import pickle
import struct
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from bot.engine.files.file_format import MAX_HEADER_BYTES, OLD_PTH, find_format
from bot.engine.files.random_weights import random_weights
from bot.engine.files.weights import open_model
from bot.errors import ModelError


def refusal(path: Path) -> str:
    """Return the one-line refusal of a file; it names the file."""
    with pytest.raises(ModelError) as caught:
        open_model(path)
    text = str(caught.value)
    assert "\n" not in text
    assert str(path) in text
    for jargon in ("Errno", "miniz", "Pytorch", "deserializ"):
        assert jargon not in text
    return text


SAVE: dict[str, Callable[[Path], None]] = {
    ".pth": lambda path: torch.save(random_weights("7"), path),
    ".safetensors": lambda path: save_file(random_weights("7"), path),
}


@pytest.mark.parametrize("ending", SAVE)
def test_a_file_that_is_cut_short_says_so_wherever_it_was_cut(tmp_path: Path, ending: str) -> None:
    SAVE[ending](tmp_path / f"whole{ending}")
    data = (tmp_path / f"whole{ending}").read_bytes()
    path = tmp_path / f"cut{ending}"
    size = len(data)
    for end in (1, 8, 9, 30, 63, 64, 500, 10_000, 65_536, 100_000, size // 2, size - 70_000, size - 22, size - 1):
        path.write_bytes(data[:end])
        text = refusal(path)
        assert "is cut short" in text, end
        assert f"{end:,} bytes" in text
        assert "ownload it again" in text
    if ending == ".safetensors":
        assert f"where it needs {size:,}" in refusal(path)
        path.write_bytes(data + b"\0")
        assert f"is damaged: {size + 1:,} bytes are here, where it needs {size:,}" in refusal(path)
    path.write_bytes(data)
    assert open_model(path).spec.version == "7"


@pytest.mark.parametrize("place", [9, 20, 200])
def test_a_list_of_tensors_that_cannot_be_read(tmp_path: Path, place: int) -> None:
    path = tmp_path / "model.safetensors"
    save_file(random_weights("7"), path)
    data = bytearray(path.read_bytes())
    data[place] = 0
    path.write_bytes(data)
    assert "is damaged: the list of tensors at its beginning" in refusal(path)


@pytest.mark.parametrize("header", [[], {"emb.weight": 1}, {"emb.weight": {}}, {"emb.weight": {"data_offsets": "x"}}])
def test_a_strange_list_of_tensors(tmp_path: Path, header: object) -> None:
    text = json.dumps(header).encode().ljust(100)
    path = tmp_path / "model.safetensors"
    path.write_bytes(struct.pack("<Q", len(text)) + text)
    refusal(path)


@pytest.mark.parametrize(
    "header", [b'{"a":' + b"[" * 200_000 + b"]" * 200_000 + b"}", b'{"a":{"data_offsets":[0,1e999]}}', b'{"a":[1,2]}']
)
def test_a_hostile_list_of_tensors(tmp_path: Path, header: bytes) -> None:
    path = tmp_path / "model.safetensors"
    path.write_bytes(struct.pack("<Q", len(header)) + header)
    assert "damaged" in refusal(path)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "is empty"),
        (b"GGUF\x03\0\0\0", "llama.cpp"),
        (b"lmgg\1\0\0\0" * 9, "rwkv.cpp"),
        (b"fmgg\1\0\0\0" * 9, "rwkv.cpp"),
        (b"tjgg\1\0\0\0" * 9, "rwkv.cpp"),
        (struct.pack("<Q", MAX_HEADER_BYTES + 1) + b"{" * 100, "no model file"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:1", "Git LFS pointer"),
        (b"<!doctype html><html>", "web page"),
        (b'{"error": "not found"}', r"text file that begins with '{\"error\""),
        (b"hello, this is no model\n" * 9, "text file that begins with 'hello, this"),
        (b"\0" * 100, "begins with the bytes 00 00 00 00"),
        (pickle.dumps({"emb.weight": list(range(99))}), "could run code"),
    ],
)
@pytest.mark.parametrize("name", ["m.pth", "m.safetensors", "m.bin"])
def test_other_files_are_named(tmp_path: Path, name: str, data: bytes, words: str) -> None:
    (tmp_path / name).write_bytes(data)
    assert words.replace("\\", "") in refusal(tmp_path / name)


@pytest.mark.parametrize(
    ("names", "words"),
    [
        (["readme.txt"], "it holds readme.txt."),
        ([f"{n}.txt" for n in range(9)], "4.txt ..."),
        (["net/data.pkl", "net/code/net.py", "net/constants.pkl"], "net/code/net.py"),  # a TorchScript program
    ],
)
def test_an_archive_of_other_things(tmp_path: Path, names: list[str], words: str) -> None:
    path = tmp_path / "zip.pth"
    with zipfile.ZipFile(path, "w") as archive:
        for name in names:
            archive.writestr(name, "hello")
    assert "not one of weights" in refusal(path)
    assert words in refusal(path)


def test_no_file_at_all(tmp_path: Path) -> None:
    assert "There is no model file" in refusal(tmp_path / "absent.pth")
    (tmp_path / "folder.pth").mkdir()
    assert "is a folder" in refusal(tmp_path / "folder.pth")
    assert "there is none" in refusal(tmp_path / "folder.pth")
    (tmp_path / "folder.pth" / "inside.safetensors").touch()
    assert "(inside.safetensors)" in refusal(tmp_path / "folder.pth")


@pytest.mark.skipif(sys.platform != "linux", reason="a file that even root cannot read is Linux's own")
def test_a_file_that_cannot_be_read() -> None:
    assert "cannot be read: Input/output error" in refusal(Path("/proc/self/mem"))


def test_what_is_in_a_file_counts_and_not_its_name(tmp_path: Path) -> None:
    SAVE[".safetensors"](tmp_path / "model.pth")
    assert find_format(tmp_path / "model.pth") == "safetensors"
    assert open_model(tmp_path / "model.pth").spec.version == "7"
    SAVE[".pth"](tmp_path / "model.pt")
    assert open_model(tmp_path / "model.pt").spec.version == "7"
    (tmp_path / "model.pt").rename(tmp_path / "model.safetensors")
    assert "rename it, so that its name ends in .pth" in refusal(tmp_path / "model.safetensors")


def test_pth_files_of_before_pytorch_1_6(tmp_path: Path) -> None:
    weights = random_weights("4")
    torch.save(weights, tmp_path / "old.pth", _use_new_zipfile_serialization=False)
    data = (tmp_path / "old.pth").read_bytes()
    assert data.startswith(OLD_PTH)
    tensors = open_model(tmp_path / "old.pth").tensors
    assert all(np.array_equal(tensors[name], tensor) for name, tensor in weights.items())
    for end in (30, 120, 3000, len(data) // 2, len(data) - 1):
        (tmp_path / "cut.pth").write_bytes(data[:end])
        assert "is cut short" in refusal(tmp_path / "cut.pth") or "is damaged" in refusal(tmp_path / "cut.pth")
