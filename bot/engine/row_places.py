"""Where the tokens of each row are in one forward pass, as arrays for the CPU kernels."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Integers = NDArray[np.int64]
Places = tuple[Integers, Integers, Integers, Integers]
NO_ROW = -1


def pack_places(lengths: Sequence[int], slots: Sequence[int]) -> Places:
    """Return each row's first and last position, its slot (B,), and the row that begins at each position (T,).

    The last is NO_ROW where no row begins. Raises ``ValueError`` on an empty row or a slot used twice.
    """
    check_rows(lengths, slots)
    sizes = np.array(lengths, np.int64)
    ends = np.cumsum(sizes)
    opens = np.full(int(ends[-1]), NO_ROW, np.int64)
    opens[ends - sizes] = np.arange(len(sizes))
    return ends - sizes, ends - 1, np.array(slots, np.int64), opens


def check_rows(lengths: Sequence[int], slots: Sequence[int]) -> None:
    """Raise ``ValueError`` if there is no row, a row is empty, or a slot is used twice."""
    if len(lengths) != len(slots) or not lengths or min(lengths) < 1:
        raise ValueError(f"{len(lengths)} lengths for {len(slots)} slots, every length at least 1")
    if len(set(slots)) != len(slots):
        raise ValueError("a slot occurs twice in one forward pass")
