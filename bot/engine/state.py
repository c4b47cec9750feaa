"""The recurrent state: a pool of slots that the model advances in place, and single rows copied out of it.

States are numpy arrays on the CPU and torch tensors elsewhere; a row may be moved between the two.
"""

import hashlib
import json
from dataclasses import dataclass

import numpy as np
import safetensors
import safetensors.numpy
import zstandard

from bot.engine.arrays import AnyArray, Array, aligned, assign, copied, copied_like, host_array
from bot.engine.spec import ModelSpec
from bot.errors import ModelError

MAGIC = b"ROOSTST1"
_MAX_PARKED = 4  # parked rows per slot
_PARKED_BYTES = 256_000_000  # total size of the parked states
EMPTY = -1e30  # exponent of an empty sum, RWKV-4
HEADER_BYTES = 1 << 16  # more than the safetensors header of any state


@dataclass(frozen=True, slots=True)
class RowState:
    """One row's state: the same names as in :class:`State`, each tensor (layers, ...) without the slot axis."""

    tensors: dict[str, AnyArray]

    @property
    def nbytes(self) -> int:
        """Size of all tensors, in bytes."""
        return sum(tensor.nbytes for tensor in self.tensors.values())

    def clone(self) -> "RowState":
        """Return an independent copy."""
        return RowState({name: copied(tensor) for name, tensor in self.tensors.items()})

    def on_host(self) -> "RowState":
        """Return the same state in CPU memory."""
        return RowState({name: host_array(tensor) for name, tensor in self.tensors.items()})

    def to_bytes(self, fingerprint: str) -> bytes:
        """Serialise bit for bit: compressed safetensors with a checksum, containing the model's fingerprint."""
        tensors = {name: np.ascontiguousarray(host_array(tensor)) for name, tensor in self.tensors.items()}
        payload = safetensors.numpy.save(tensors, {"fingerprint": fingerprint})
        compressed = zstandard.ZstdCompressor(level=1).compress(payload)
        return MAGIC + hashlib.sha256(compressed).digest() + compressed

    def from_bytes(self, data: bytes, fingerprint: str) -> "RowState":
        """Read the output of :meth:`to_bytes`; ``self``, any state of the model, determines names, shapes and types.

        Raises ``ModelError`` if ``data`` is damaged or was written with another model or precision.
        """
        checksum, compressed = data[len(MAGIC) : len(MAGIC) + 32], data[len(MAGIC) + 32 :]
        if not data.startswith(MAGIC):
            raise ModelError("This is not a saved state.")
        if hashlib.sha256(compressed).digest() != checksum:
            raise ModelError("The saved state is damaged: its checksum does not match.")
        tensors = self._unpack(compressed, fingerprint)
        return RowState({name: copied_like(tensors[name], tensor) for name, tensor in self.tensors.items()})

    def _unpack(self, compressed: bytes, fingerprint: str) -> dict[str, Array]:
        foreign = "The saved state belongs to another model or precision."
        limit = self.nbytes + HEADER_BYTES  # a forged file must not unpack to gigabytes
        try:
            if zstandard.frame_content_size(compressed) > limit:
                raise ModelError(foreign)
            payload = zstandard.ZstdDecompressor().decompress(compressed, max_output_size=limit)
            tensors = safetensors.numpy.load(payload)
            metadata = _metadata(payload)
        except (zstandard.ZstdError, safetensors.SafetensorError, ValueError, RecursionError) as error:
            raise ModelError("The saved state is damaged: {reason}", reason=str(error)) from error
        if metadata.get("fingerprint") != fingerprint or tensors.keys() != self.tensors.keys():
            raise ModelError(foreign)
        for name, tensor in tensors.items():
            if _kind(tensor) != _kind(self.tensors[name]):
                raise ModelError(foreign)
            if not bool(np.isfinite(tensor).all()):
                raise ModelError("The saved state is damaged: it holds numbers that are not finite.")
        return tensors


class State:
    """A pool of ``slots`` rows. ``tensors[name]`` is (layers, slots, ...); a forward pass advances slots in place."""

    __slots__ = ("initial", "slots", "tensors")

    def __init__(self, initial: RowState, slots: int, *, spare: int = 0) -> None:
        """``initial`` is the state of a new conversation: zeros, -1e30 for RWKV-4's ``pp``, or a tuned state.

        ``spare`` additional slots follow, which are never handed out.
        """
        self.initial = initial
        self.slots = slots
        self.tensors = {name: _repeated(tensor, slots + spare) for name, tensor in initial.tensors.items()}

    @property
    def nbytes(self) -> int:
        """Size of the whole pool, in bytes."""
        return sum(tensor.nbytes for tensor in self.tensors.values())

    def take(self, slot: int) -> RowState:
        """Return a copy of one slot."""
        return RowState({name: copied(tensor[:, slot]) for name, tensor in self.tensors.items()})

    def put(self, slot: int, row: RowState) -> None:
        """Copy ``row`` into a slot."""
        for name, tensor in self.tensors.items():
            assign(tensor, (slice(None), slot), row.tensors[name])

    def take_into(self, slot: int, row: RowState) -> None:
        """Copy a slot into ``row``, which was taken from this pool earlier."""
        for name, tensor in self.tensors.items():
            assign(row.tensors[name], (slice(None),), tensor[:, slot])

    def host(self, name: str) -> Array:
        """Return a tensor of a pool in CPU memory, for the CPU kernels."""
        return host_array(self.tensors[name])

    def zero(self, slot: int) -> None:
        """Set a slot to the model's initial state."""
        self.put(slot, self.initial)

    def copy(self, source_slot: int, target_slot: int) -> None:
        """Copy one slot to another."""
        for tensor in self.tensors.values():
            assign(tensor, (slice(None), target_slot), tensor[:, source_slot])


def empty_row(spec: ModelSpec) -> RowState:
    """Return a model's state before the first token, float32, in CPU memory.

    Versions 5 to 7 have two token shifts and one matrix per head; RWKV-4 two token shifts, and numerator, denominator
    and exponent of its average.
    """

    def zeros(*shape: int) -> Array:
        return np.zeros((spec.layers, *shape), np.float32)

    D = spec.width
    if spec.version == "4":
        average = {"aa": zeros(D), "bb": zeros(D), "pp": np.full((spec.layers, D), EMPTY, np.float32)}
        return RowState({"att_x": zeros(D), **average, "ffn_x": zeros(D)})
    wkv = zeros(spec.heads, spec.head_size, spec.head_size)
    return RowState({"att_x": zeros(D), "wkv": wkv, "ffn_x": zeros(D)})


def _repeated(row: AnyArray, slots: int) -> AnyArray:
    """(layers, ...) -> (layers, slots, ...)."""
    if not isinstance(row, np.ndarray):
        return row.unsqueeze(1).repeat(1, slots, *[1] * (row.dim() - 1))
    pool = aligned((row.shape[0], slots, *row.shape[1:]), row.dtype)
    pool[:] = row[:, None]
    return pool


def _kind(tensor: AnyArray) -> tuple[tuple[int, ...], str]:
    return tuple(tensor.shape), str(tensor.dtype).removeprefix("torch.")


def same_kind(row: RowState, other: RowState) -> bool:
    """Whether both are states of a model of the same dimensions and precision."""
    kinds = ({name: _kind(tensor) for name, tensor in state.tensors.items()} for state in (row, other))
    return next(kinds) == next(kinds)


def _metadata(payload: bytes) -> dict[str, str]:
    """Return the metadata in a safetensors header, which is a length (8 bytes, little-endian) and that much JSON."""
    length = int.from_bytes(payload[:8], "little")
    if length > HEADER_BYTES:
        raise ValueError("its list of tensors is too long")
    metadata: object = json.loads(payload[8 : 8 + length]).get("__metadata__", {})
    return {str(key): str(value) for key, value in metadata.items()} if isinstance(metadata, dict) else {}


def parkable(slots: int, row_bytes: int) -> int:
    """Number of rows that can be parked: as many as there are slots, and more if their states are small."""
    return max(slots, min(_MAX_PARKED * slots, _PARKED_BYTES // max(1, row_bytes)))
