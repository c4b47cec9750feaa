"""The rows of one forward pass on torch tensors, with their tokens packed one after another."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from bot.engine.row_places import check_rows


@dataclass(frozen=True, slots=True)
class Rows:
    """Where each row's tokens are in the packed sequence, and which slot of the state belongs to the row.

    ``T`` tokens of ``B`` rows: row ``i`` has the positions ``starts[i] .. lasts[i]`` and the slot ``slots[i]``. No
    slot may occur twice.
    """

    lengths: tuple[int, ...]  # tokens of each row, at least one
    slots: Tensor  # (B,) int64
    starts: Tensor  # (B,) int64
    lasts: Tensor  # (B,) int64

    @classmethod
    def pack(cls, lengths: Sequence[int], slots: Sequence[int], device: torch.device | str) -> "Rows":
        """Compute the positions; raises ``ValueError`` on an empty row or a slot used twice."""
        check_rows(lengths, slots)
        sizes = torch.tensor(lengths, dtype=torch.int64)
        ends = torch.cumsum(sizes, 0)
        return cls(
            lengths=tuple(lengths),
            slots=torch.tensor(slots, dtype=torch.int64, device=device),
            starts=(ends - sizes).to(device),
            lasts=(ends - 1).to(device),
        )

    @property
    def decode(self) -> bool:
        """Whether every row has exactly one token: position ``i`` is row ``i``."""
        return len(self.lengths) == sum(self.lengths)

    def shift(self, x: Tensor, previous: Tensor) -> Tensor:
        """Token shift: for each position, return the row's input one token earlier.

        ``x`` (T, D); ``previous`` (slots, D) contains each slot's last input and is advanced in place. Returns (T, D).
        """
        if self.decode:
            shifted = previous[self.slots].to(x.dtype)
            previous[self.slots] = x.to(previous.dtype)
            return shifted
        shifted = torch.empty_like(x)
        shifted[1:] = x[:-1]
        shifted[self.starts] = previous[self.slots].to(x.dtype)
        previous[self.slots] = x[self.lasts].to(previous.dtype)
        return shifted
