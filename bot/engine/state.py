"""The recurrent state: a pool of slots that the model advances in place, and single rows taken out of it."""

import hashlib
import json
from dataclasses import dataclass

import safetensors
import safetensors.torch
import torch
import zstandard
from torch import Tensor

from bot.errors import ModelError

MAGIC = b"ROOSTST1"
_MOST_PARKED = 4  # rows put aside for each slot
_PARKED_BYTES = 256_000_000  # of their states
HEADER_BYTES = 1 << 16  # more than the safetensors header of any state


@dataclass(frozen=True, slots=True)
class RowState:
    """One row's state: the same names as in :class:`State`, each tensor (layers, ...) without the slot axis."""

    tensors: dict[str, Tensor]

    @property
    def nbytes(self) -> int:
        """Bytes of all tensors."""
        return sum(tensor.nbytes for tensor in self.tensors.values())

    def clone(self) -> "RowState":
        """An independent copy."""
        return RowState({name: tensor.clone() for name, tensor in self.tensors.items()})

    def to_bytes(self, fingerprint: str) -> bytes:
        """Serialise, bit for bit: safetensors, compressed, under a checksum, with the model's fingerprint inside."""
        tensors = {name: tensor.contiguous().cpu() for name, tensor in self.tensors.items()}
        payload = safetensors.torch.save(tensors, {"fingerprint": fingerprint})
        compressed = zstandard.ZstdCompressor(level=1).compress(payload)
        return MAGIC + hashlib.sha256(compressed).digest() + compressed

    def from_bytes(self, data: bytes, fingerprint: str) -> "RowState":
        """Read what :meth:`to_bytes` wrote; ``self`` is any state of the model and says what must come out.

        Raises ``ModelError`` when ``data`` is damaged or was written with another model or precision.
        """
        checksum, compressed = data[len(MAGIC) : len(MAGIC) + 32], data[len(MAGIC) + 32 :]
        if not data.startswith(MAGIC):
            raise ModelError("This is not a saved state.")
        if hashlib.sha256(compressed).digest() != checksum:
            raise ModelError("The saved state is damaged: its checksum does not match.")
        tensors = self._unpack(compressed, fingerprint)
        for name, tensor in self.tensors.items():
            tensors[name] = tensors[name].to(tensor.device)
        return RowState(tensors)

    def _unpack(self, compressed: bytes, fingerprint: str) -> dict[str, Tensor]:
        foreign = "The saved state belongs to another model or precision."
        limit = self.nbytes + HEADER_BYTES  # a forged file must not unpack to gigabytes
        try:
            if zstandard.frame_content_size(compressed) > limit:
                raise ModelError(foreign)
            payload = zstandard.ZstdDecompressor().decompress(compressed, max_output_size=limit)
            tensors = safetensors.torch.load(payload)
            metadata = _metadata(payload)
        except (zstandard.ZstdError, safetensors.SafetensorError, ValueError, RecursionError) as error:
            raise ModelError("The saved state is damaged: {reason}", reason=str(error)) from error
        if metadata.get("fingerprint") != fingerprint or tensors.keys() != self.tensors.keys():
            raise ModelError(foreign)
        for name, tensor in tensors.items():
            like = self.tensors[name]
            if tensor.shape != like.shape or tensor.dtype != like.dtype:
                raise ModelError(foreign)
            if not bool(torch.isfinite(tensor).all()):
                raise ModelError("The saved state is damaged: it holds numbers that are not finite.")
        return tensors


class State:
    """A pool of ``slots`` rows. ``tensors[name]`` is (layers, slots, ...); a forward pass advances slots in place."""

    __slots__ = ("initial", "slots", "tensors")

    def __init__(self, initial: RowState, slots: int, *, spare: int = 0) -> None:
        """``initial`` is what a conversation begins with: zeros, -1e30 for RWKV-4's ``pp``, or a tuned state.

        ``spare`` more slots follow, which belong to nobody.
        """
        self.initial = initial
        self.slots = slots
        self.tensors = {
            name: tensor.unsqueeze(1).repeat(1, slots + spare, *[1] * (tensor.dim() - 1))
            for name, tensor in initial.tensors.items()
        }

    @property
    def nbytes(self) -> int:
        """Bytes of the whole pool."""
        return sum(tensor.nbytes for tensor in self.tensors.values())

    def take(self, slot: int) -> RowState:
        """A copy of one slot."""
        return RowState({name: tensor[:, slot].clone() for name, tensor in self.tensors.items()})

    def put(self, slot: int, row: RowState) -> None:
        """Copy ``row`` into a slot."""
        for name, tensor in self.tensors.items():
            tensor[:, slot] = row.tensors[name]

    def zero(self, slot: int) -> None:
        """Set a slot to the model's initial state."""
        self.put(slot, self.initial)

    def copy(self, source_slot: int, target_slot: int) -> None:
        """Make one slot equal to another."""
        for tensor in self.tensors.values():
            tensor[:, target_slot] = tensor[:, source_slot]


def _metadata(payload: bytes) -> dict[str, str]:
    """The metadata in a safetensors header, which is a length (8 bytes, little-endian) and that much JSON."""
    length = int.from_bytes(payload[:8], "little")
    if length > HEADER_BYTES:
        raise ValueError("its list of tensors is too long")
    metadata: object = json.loads(payload[8 : 8 + length]).get("__metadata__", {})
    return {str(key): str(value) for key, value in metadata.items()} if isinstance(metadata, dict) else {}


def parkable(slots: int, row_bytes: int) -> int:
    """How many rows can be put aside: as many as there are slots, and more where their states are small."""
    return max(slots, min(_MOST_PARKED * slots, _PARKED_BYTES // max(1, row_bytes)))
