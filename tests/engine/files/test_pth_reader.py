"""Reading .pth weights without torch or pickle: the same tensors as torch, and no code execution."""

import pickle
import struct
import zipfile
from collections import OrderedDict
from pathlib import Path

import numpy as np
import pytest
import torch

from bot.engine.arrays import as_tensor
from bot.engine.files import pth_reader
from bot.engine.files.pth_reader import DamagedError, RefusedError, read_pth

TENSORS = {
    "plain": torch.randn(3, 4),
    "turned": torch.randn(3, 4).t(),
    "part": torch.randn(10, 8)[2:5, 1::2],
    "bf16": torch.randn(5, 6).bfloat16(),
    "fp16": torch.randn(7).half(),
    "double": torch.randn(2).double(),
    "int8": torch.arange(6, dtype=torch.int8),
    "uint16": torch.arange(6).to(torch.uint16),
    "long": torch.arange(3),
    "yes": torch.tensor([True, False]),
    "scalar": torch.tensor(4.0),
    "empty": torch.zeros(0, 3),
    "axes": torch.randn(1, 1, 5),
}


def saved(content: object, path: Path) -> object:
    torch.save(content, path)
    return read_pth(path)


def same(found: object, expected: torch.Tensor) -> bool:
    assert isinstance(found, np.ndarray)
    return torch.equal(as_tensor(found), expected) and as_tensor(found).dtype == expected.dtype


def test_every_tensor_is_torchs(tmp_path: Path) -> None:
    found = saved(TENSORS, tmp_path / "model.pth")
    assert isinstance(found, dict)
    assert list(found) == list(TENSORS)
    for name, expected in TENSORS.items():
        assert same(found[name], expected), name


def test_two_names_of_one_tensor_share_it(tmp_path: Path) -> None:
    found = saved({"a": TENSORS["plain"], "b": TENSORS["plain"]}, tmp_path / "model.pth")
    assert isinstance(found, dict)
    assert found["a"].ctypes.data == found["b"].ctypes.data


def test_state_dicts_parameters_and_plain_values_are_read(tmp_path: Path) -> None:
    layer = torch.nn.Linear(3, 2)
    content = {"weights": layer.state_dict(), "parameter": layer.weight, "steps": [1, 2.5, None, True, (3,)]}
    found = saved(content, tmp_path / "model.pth")
    assert isinstance(found, dict)
    assert same(found["weights"]["weight"], layer.weight.data)
    assert same(found["parameter"], layer.weight.data)
    assert found["steps"] == content["steps"]
    assert saved(OrderedDict(a=1), tmp_path / "ordered.pth") == {"a": 1}


class Calls:
    def __init__(self, *reduced: object) -> None:
        self.reduced = reduced

    def __reduce__(self) -> tuple[object, ...]:
        return self.reduced


@pytest.mark.parametrize(
    "content",
    [
        Calls(print, ("sprung",)), Calls(eval, ("1",)), Calls(Calls, ()), Path("x"),
        torch.nn.Linear(2, 2), {(1, 2): 3}, {1 << 60: 3}, b"bytes", {1, 2}, Calls(OrderedDict, ([["a", 1]],)),
    ],
    ids=lambda value: type(value).__name__,
)  # fmt: skip
def test_what_is_no_plain_value_is_refused(content: object, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(RefusedError):
        saved({"x": content}, tmp_path / "evil.pth")
    assert capsys.readouterr().out == ""


def rewritten(path: Path, change: dict[str, bytes], compression: int = zipfile.ZIP_STORED) -> Path:
    """Return the archive with some members replaced."""
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    changed = path.with_name("changed.pth")
    with zipfile.ZipFile(changed, "w", compression) as archive:
        for name, data in members.items():
            archive.writestr(name, change.get(name.partition("/")[2], data))
    return changed


def pickled(tmp_path: Path, old: bytes, new: bytes) -> Path:
    torch.save({"x": torch.arange(6.0).reshape(2, 3)}, tmp_path / "model.pth")
    with zipfile.ZipFile(tmp_path / "model.pth") as archive:
        data = archive.read("model/data.pkl")
    assert old in data
    return rewritten(tmp_path / "model.pth", {"data.pkl": data.replace(old, new)})


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"K\x02K\x03\x86", b"K\x02K\x04\x86"),  # a shape larger than the storage
        (b"K\x02K\x03\x86", b"J\xff\xff\xff\xffK\x03\x86"),  # a negative length
        (b"K\x02K\x03\x86", b"K\x02K\x03K\x01\x87"),  # more lengths than strides
        (b"K\x02K\x03\x86", b"K\x02\x88\x86"),  # True is not a length
        (b"K\x03K\x01\x86", b"K\x7fK\x01\x86"),  # strides beyond the storage
        (b"FloatStorage", b"DoubleStorage"[:12]),  # unknown kinds
        (b"X\x01\x00\x00\x000", b"X\x01\x00\x00\x009"),  # missing numbers
        (b"}q\x00", b"}q\x00h\x63"),  # an unknown memo
        (b".", b""),  # no end
    ],
    ids=repr,
)
def test_a_description_that_contradicts_itself(old: bytes, new: bytes, tmp_path: Path) -> None:
    with pytest.raises((DamagedError, RefusedError)):
        read_pth(pickled(tmp_path, old, new))


def test_archives_that_torch_does_not_write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    torch.save({"x": torch.zeros(1000)}, tmp_path / "model.pth")
    with pytest.raises(DamagedError, match="compressed"):
        read_pth(rewritten(tmp_path / "model.pth", {}, zipfile.ZIP_DEFLATED))
    with pytest.raises(DamagedError, match="order of bytes"):
        read_pth(rewritten(tmp_path / "model.pth", {"byteorder": b"big"}))
    with pytest.raises(DamagedError, match="order of bytes"):
        read_pth(rewritten(tmp_path / "model.pth", {"byteorder": b"little" * 1000}))
    with pytest.raises(DamagedError, match="fewer numbers"):
        read_pth(rewritten(tmp_path / "model.pth", {"data/0": b"\0" * 3996}))
    torch.save({}, tmp_path / "empty.pth")
    with pytest.raises(DamagedError, match="compressed"):
        read_pth(rewritten(tmp_path / "empty.pth", {}, zipfile.ZIP_DEFLATED))
    monkeypatch.setattr(pth_reader, "MAX_PICKLE_BYTES", 10)
    with pytest.raises(DamagedError, match="too long"):
        read_pth(tmp_path / "model.pth")


def test_a_member_that_lies_elsewhere_than_the_archive_says(tmp_path: Path) -> None:
    torch.save({"x": torch.zeros(1000)}, tmp_path / "model.pth")
    data = bytearray((tmp_path / "model.pth").read_bytes())
    entry = data.rindex(b"model/data/0") - 46  # of the list at the end
    struct.pack_into("<I", data, entry + 42, 7)
    (tmp_path / "model.pth").write_bytes(data)
    with pytest.raises((DamagedError, zipfile.BadZipFile)):
        read_pth(tmp_path / "model.pth")


def test_a_deeply_nested_description_is_no_danger(tmp_path: Path) -> None:
    torch.save({}, tmp_path / "model.pth")
    deep = b"\x80\x02" + b")" + b"\x85" * 200_000 + b"."
    assert isinstance(read_pth(rewritten(tmp_path / "model.pth", {"data.pkl": deep})), tuple)
    keyed = b"\x80\x02}" + b")" + b"\x85" * 200_000 + b"K\x01s."
    with pytest.raises(RefusedError, match="key"):
        read_pth(rewritten(tmp_path / "model.pth", {"data.pkl": keyed}))


NESTED = b"K\x01" + b"".join(b"q%ch%c\x86" % (place, place) for place in range(60))  # its repr has 2^60 parts


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        (b"K\x02K\x03\x86", NESTED + b"K\x03\x86", "a tuple is no size"),
        (b"ctorch\nFloatStorage\n", NESTED + NESTED + b"\x93", "a name is expected"),
        (b"K\x02K\x03\x86q\x08K\x03K\x01\x86", b"K\x02K\x04\x86q\x08K\x00K\x00\x86", "larger than its storage"),
        (b"X\x01\x00\x00\x000", b"X\xff\x00\x00\x00" + b"0" * 255, "strange name"),
        (b"}q\x00", b")K\x01a", "a list is expected"),
    ],
    ids=["size", "name", "endless", "long name", "tuple"],
)
def test_a_short_description_costs_little(old: bytes, new: bytes, reason: str, tmp_path: Path) -> None:
    with pytest.raises(DamagedError, match=reason):
        read_pth(pickled(tmp_path, old, new))


def test_instructions_are_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    torch.save({}, tmp_path / "model.pth")
    monkeypatch.setattr(pth_reader, "MAX_STEPS", 1000)
    for count, reason in ((900, "cannot be read|ends too early"), (1001, "too long")):
        with pytest.raises(DamagedError, match=reason):
            read_pth(rewritten(tmp_path / "model.pth", {"data.pkl": b"\x80\x02" + b"(" * count}))


def test_garbage_is_an_error_of_ours(tmp_path: Path) -> None:
    torch.save({}, tmp_path / "model.pth")
    generator = np.random.default_rng(0)
    for _ in range(300):
        garbage = b"\x80\x02" + generator.integers(0, 256, 40, np.uint8).tobytes() + b"."
        try:
            read_pth(rewritten(tmp_path / "model.pth", {"data.pkl": garbage}))
        except (DamagedError, RefusedError):
            continue
    whole = pickle.dumps({"a": [1, 2, {"b": "c"}]}, 2)
    for end in range(1, len(whole)):
        with pytest.raises((DamagedError, RefusedError)):
            read_pth(rewritten(tmp_path / "model.pth", {"data.pkl": whole[:end]}))
