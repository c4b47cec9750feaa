"""Reads .pth files without torch, and without executing anything in them.

Such a file is a zip archive: ``data.pkl``, a pickle that describes the tensors, and ``data/0``, ``data/1`` ... with
their numbers, uncompressed. The few instructions that torch.save writes are interpreted here, on plain values;
anything else is refused (pickle's own reader would call the functions that the file names).
"""

import math
import pickletools
import struct
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bot.engine.precisions import BFLOAT16

Array = NDArray[np.generic]
MAX_PICKLE_BYTES = 32_000_000  # bytes: twenty times that of a model with 100 layers
MAX_STEPS = 2_000_000  # instructions: ten times those of such a model
MAX_AXES = 32
MAX_KEY_LENGTH = 32  # characters of a storage's name: PyTorch numbers them
LOCAL_HEADER = 30  # bytes before a member's name

_STORAGES = {
    "FloatStorage": np.dtype(np.float32), "HalfStorage": np.dtype(np.float16), "BFloat16Storage": BFLOAT16,
    "DoubleStorage": np.dtype(np.float64), "CharStorage": np.dtype(np.int8), "ByteStorage": np.dtype(np.uint8),
    "ShortStorage": np.dtype(np.int16), "IntStorage": np.dtype(np.int32), "LongStorage": np.dtype(np.int64),
    "BoolStorage": np.dtype(np.bool_), "UntypedStorage": np.dtype(np.uint8),
}  # fmt: skip
_DTYPES = {
    "float32": np.dtype(np.float32), "float16": np.dtype(np.float16), "bfloat16": BFLOAT16,
    "float64": np.dtype(np.float64), "int8": np.dtype(np.int8), "uint8": np.dtype(np.uint8),
    "int16": np.dtype(np.int16), "uint16": np.dtype(np.uint16), "int32": np.dtype(np.int32),
    "uint32": np.dtype(np.uint32), "int64": np.dtype(np.int64), "uint64": np.dtype(np.uint64),
    "bool": np.dtype(np.bool_),
}  # fmt: skip


class RefusedError(ValueError):
    """The file contains something other than tensors and plain values."""


class DamagedError(ValueError):
    """The file contradicts itself."""


class OrderedDict(dict[object, object]):
    """An OrderedDict created by the file; a separate type, so that attributes are accepted on nothing else."""


def read_pth(path: Path) -> object:
    """Return the saved object, with each tensor as an array mapped from the file.

    Raises :class:`RefusedError`, :class:`DamagedError`, or the exceptions of zipfile for a broken archive.
    """
    with zipfile.ZipFile(path) as archive:
        index = next((info for info in archive.infolist() if info.filename.partition("/")[2] == "data.pkl"), None)
        if index is None or not _is_plain(index, MAX_PICKLE_BYTES):
            raise DamagedError("its list of tensors is missing, compressed or too long")
        data = archive.read(index)
        folder = index.filename.partition("/")[0]
        members = {info.filename: info for info in archive.infolist()}
        order = members.get(f"{folder}/byteorder")
        if order is not None and (not _is_plain(order, len(b"little")) or archive.read(order) != b"little"):
            raise DamagedError("its numbers are stored in another order of bytes than this machine's")
        storages = _Storages(np.memmap(path, np.uint8, "c"), folder, members)
    return _Machine(storages).run(data)


def _is_plain(info: zipfile.ZipInfo, most: int) -> bool:
    """Whether a member is stored uncompressed, as PyTorch does: compressed data may unpack to more than it claims."""
    return info.compress_type == zipfile.ZIP_STORED and info.file_size <= most


class _Storages:
    """The members of the archive that contain numbers."""

    def __init__(self, data: NDArray[np.uint8], folder: str, members: dict[str, zipfile.ZipInfo]) -> None:
        self._data, self._folder, self._members = data, folder, members

    def open(self, key: str, dtype: np.dtype[np.generic], count: int) -> Array:
        """Return ``count`` numbers of the member ``key``, flat."""
        info = self._members.get(f"{self._folder}/data/{key}")
        if info is None or info.compress_type != zipfile.ZIP_STORED:
            raise DamagedError(f"data/{key} is missing, or compressed, as PyTorch does not store it")
        begin = info.header_offset + LOCAL_HEADER
        head = self._data[info.header_offset : begin].tobytes()
        if len(head) < LOCAL_HEADER or head[:4] != b"PK\x03\x04":
            raise DamagedError(f"data/{key} is not where the archive says")
        begin += sum(struct.unpack("<HH", head[26:30]))
        size = count * dtype.itemsize
        if not 0 <= size <= info.file_size or begin + size > self._data.size:
            raise DamagedError(f"data/{key} holds fewer numbers than it should")
        return self._data[begin : begin + size].view(dtype)


@dataclass(frozen=True, slots=True)
class _Named:
    """A global named in the file, left unresolved: a kind of storage, a type, or a function."""

    module: str
    name: str


_MARK = object()  # where the arguments of an instruction begin


class _Machine:
    """Interprets the instructions; ``stack`` and ``memo`` are those of pickle."""

    def __init__(self, storages: _Storages) -> None:
        self.storages = storages
        self.stack: list[object] = []
        self.memo: dict[int, object] = {}
        self.calls: dict[tuple[str, str], Callable[[tuple[object, ...]], object]] = {
            ("torch._utils", "_rebuild_tensor_v2"): _tensor,
            ("torch._utils", "_rebuild_tensor_v3"): _typed_tensor,
            ("torch._utils", "_rebuild_parameter"): lambda arguments: arguments[0],
            ("collections", "OrderedDict"): _ordered_dict,
        }

    def run(self, data: bytes) -> object:
        try:
            for step, (opcode, argument, _) in enumerate(pickletools.genops(data)):
                if opcode.name == "STOP":
                    return self.stack.pop()
                if step >= MAX_STEPS:
                    raise DamagedError("its list of tensors is too long")
                self._carry_out(opcode.name, argument)
        except (RefusedError, DamagedError):
            raise
        except (ValueError, IndexError, KeyError, TypeError, OverflowError, RecursionError) as error:
            raise DamagedError(f"its list of tensors cannot be read: {error}") from error
        raise DamagedError("its list of tensors ends too early")

    def _carry_out(self, name: str, argument: object) -> None:
        stack = self.stack
        match name:
            case "PROTO" | "FRAME":
                pass
            case "BINUNICODE" | "SHORT_BINUNICODE" | "BINUNICODE8" | "BININT" | "BININT1" | "BININT2" | "LONG1":
                stack.append(argument)
            case "BINFLOAT":
                stack.append(argument)
            case "NONE" | "NEWTRUE" | "NEWFALSE":
                stack.append({"NONE": None, "NEWTRUE": True, "NEWFALSE": False}[name])
            case "GLOBAL":
                stack.append(self._named(*str(argument).split(" ", 1)))
            case "STACK_GLOBAL":
                last, first = _text(stack.pop()), _text(stack.pop())
                stack.append(self._named(first, last))
            case "BINPERSID":
                stack.append(self._storage(stack.pop()))
            case "REDUCE":
                arguments, function = stack.pop(), stack.pop()
                stack.append(self._call(function, arguments))
            case "BUILD":
                stack.pop()  # attributes of a dict, such as the module versions of a state_dict
                if not isinstance(stack[-1], OrderedDict):
                    raise RefusedError("an object with attributes")
            case _:
                self._remember(name, argument)

    def _remember(self, name: str, argument: object) -> None:
        """Instructions that store a value in the memo or fetch it."""
        match name:
            case "BINPUT" | "LONG_BINPUT" | "PUT":
                self.memo[_whole(argument)] = self.stack[-1]
            case "MEMOIZE":
                self.memo[len(self.memo)] = self.stack[-1]
            case "BINGET" | "LONG_BINGET" | "GET":
                self.stack.append(self.memo[_whole(argument)])
            case _:
                self._collect(name)

    def _collect(self, name: str) -> None:
        """Instructions that build containers."""
        stack = self.stack
        match name:
            case "MARK":
                stack.append(_MARK)
            case "EMPTY_DICT":
                stack.append({})
            case "EMPTY_LIST":
                stack.append([])
            case "EMPTY_TUPLE":
                stack.append(())
            case "TUPLE":
                stack.append(tuple(self._since_mark()))
            case "TUPLE1" | "TUPLE2" | "TUPLE3":
                count = int(name[-1])
                values = tuple(stack[-count:])
                del stack[-count:]
                stack.append(values)
            case "APPEND" | "APPENDS":
                items = self._since_mark() if name == "APPENDS" else [stack.pop()]
                _list(stack[-1]).extend(items)
            case "SETITEM" | "SETITEMS":
                pairs = self._since_mark() if name == "SETITEMS" else [stack.pop(-2), stack.pop()]
                _dict(stack[-1]).update(_pairs(pairs))
            case _:
                raise RefusedError(f"the instruction {name}")

    def _since_mark(self) -> list[object]:
        marks = (at for at in range(len(self.stack) - 1, -1, -1) if self.stack[at] is _MARK)
        if (place := next(marks, None)) is None:
            raise DamagedError("its list of tensors has an end without a beginning")
        values = self.stack[place + 1 :]
        del self.stack[place:]
        return values

    def _named(self, module: str, name: str) -> _Named:
        storage = module in ("torch", "torch.storage") and name in _STORAGES
        if storage or (module == "torch" and name in _DTYPES) or (module, name) in self.calls:
            return _Named(module, name)
        raise RefusedError(f"{module}.{name}")

    def _storage(self, number: object) -> Array:
        """Open a storage by its persistent id: ("storage", its kind, its key, a device, number of elements)."""
        match number:
            case ("storage", _Named(name=kind), str() as key, _, int() as count) if kind in _STORAGES:
                if len(key) <= MAX_KEY_LENGTH:
                    return self.storages.open(key, _STORAGES[kind], count)
        raise DamagedError("one of its storages has a strange name")

    def _call(self, function: object, arguments: object) -> object:
        if not isinstance(function, _Named) or not isinstance(arguments, tuple):
            raise RefusedError("a call of something that is no function")
        call = self.calls.get((function.module, function.name))
        if call is None:
            raise RefusedError(f"a call of {function.module}.{function.name}")
        return call(arguments)


def _ordered_dict(arguments: tuple[object, ...]) -> OrderedDict:
    """Return an empty dict: its items are added one by one."""
    if arguments:
        raise RefusedError("an OrderedDict made from something")
    return OrderedDict()


def _tensor(arguments: tuple[object, ...]) -> Array:
    """(storage, offset, size, strides, ...), counted in elements, as in PyTorch's ``_rebuild_tensor_v2``."""
    storage, offset, size, strides = arguments[:4]
    if not isinstance(storage, np.ndarray) or not isinstance(size, tuple) or not isinstance(strides, tuple):
        raise DamagedError("one of its tensors has no storage")
    if len(size) != len(strides) or len(size) > MAX_AXES:
        raise DamagedError("one of its tensors has a strange shape")
    shape, steps, start = [_whole(one) for one in size], [_whole(one) for one in strides], _whole(offset)
    last = start + sum((length - 1) * step for length, step in zip(shape, steps, strict=True))
    if 0 not in shape and (last >= storage.size or math.prod(shape) > storage.size):
        raise DamagedError("one of its tensors is larger than its storage, or lies beyond it")
    numbers = storage[start:] if 0 not in shape else storage[:0]
    return np.lib.stride_tricks.as_strided(numbers, shape, [step * storage.itemsize for step in steps])


def _typed_tensor(arguments: tuple[object, ...]) -> Array:
    """The same for an untyped storage, used for types newer than typed storages; the seventh argument is the type."""
    storage, offset, size, strides, _, _, dtype = arguments[:7]
    if not isinstance(storage, np.ndarray) or not isinstance(dtype, _Named) or dtype.name not in _DTYPES:
        raise DamagedError("one of its tensors has no type")
    numbers = storage.view(np.uint8)
    kind = _DTYPES[dtype.name]
    whole = numbers[: numbers.size // kind.itemsize * kind.itemsize].view(kind)
    return _tensor((whole, offset, size, strides))


def _whole(value: object) -> int:
    if type(value) is not int:  # never shown: a deeply nested value has a repr of any length
        raise DamagedError(f"a {type(value).__name__} is no size")
    if not 0 <= value < 1 << 48:
        raise DamagedError(f"{value:#x} is no size")
    return value


def _text(value: object) -> str:
    if type(value) is not str:
        raise DamagedError("a name is expected")
    return value


def _list(value: object) -> list[object]:
    if not isinstance(value, list):
        raise DamagedError("a list is expected")
    return value


def _dict(value: object) -> dict[object, object]:
    if not isinstance(value, dict):
        raise DamagedError("a table is expected")
    return value


def _pairs(values: list[object]) -> Iterator[tuple[object, object]]:
    """Yield keys and values. Only strings and small integers may be keys: others could take long to compare."""
    for key, value in zip(values[::2], values[1::2], strict=True):
        if type(key) is not str and not (type(key) is int and 0 <= key < 1 << 48):
            raise RefusedError("a key that is neither a text nor a small number")
        yield key, value
