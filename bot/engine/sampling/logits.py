"""The logits of one step, and what is done to them before a token is drawn; where they lie does not matter here."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

from bot.engine.sampling.candidates import Candidates

if TYPE_CHECKING:
    import torch

Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]
Bools = NDArray[np.bool_]
Bits = NDArray[np.int32]  # (R, ceil(V / 32)), the lowest bit is the first
Ints = NDArray[np.int64]


@dataclass(slots=True, eq=False)
class Columns:
    """Token ids, each once, that are needed at step after step; a device keeps them."""

    ids: Ints
    kept: "torch.Tensor | None" = None


@dataclass(slots=True, eq=False)
class Additions:
    """What is added to single logits, no pair of row and id twice; a device keeps it."""

    rows: Ints
    ids: Ints
    values: Floats
    kept: "tuple[torch.Tensor, ...]" = field(default=())


class Distribution(Protocol):
    """What is asked of the finished logits. ``rows`` are (R,) rows of the batch."""

    @property
    def size(self) -> int:
        """Tokens in the vocabulary."""

    def failed(self) -> Bools:
        """Rows without a usable logit: a NaN, +inf, or nothing but -inf; (B,)."""

    def argmax(self, rows: Ints) -> Ints:
        """The most likely token of each; of equals the one with the smallest id."""

    def top(self, rows: Ints, count: int) -> Candidates:
        """The ``count`` most likely tokens of each."""

    def log_totals(self, rows: Ints, temperatures: Doubles) -> Doubles:
        """Log of the sum of exp(logits / temperature) over the vocabulary, (R,)."""

    def deviations(self, rows: Ints) -> Doubles:
        """Standard deviation of each row's finite logits, (R,)."""

    def draw(self, rows: Ints, temperatures: Doubles, u: Doubles) -> Ints:
        """A token from the whole vocabulary for each; ``u`` (R,) in [0, 1) decides which."""


class Logits(Protocol):
    """(B, V) float32, changed in place."""

    @property
    def rows(self) -> int:
        """B."""

    def take(self, rows: Sequence[int]) -> "Logits":
        """A copy of these rows, in this order."""

    def guided(self, factors: Sequence[float | None]) -> "Logits":
        """Rows with and without a context made into one; see :mod:`.classifier_free`."""

    def log_probabilities(self, rows: Sequence[int], count: int) -> tuple[Floats, Ints]:
        """Those of all tokens (R, V), and the ``count`` likeliest ids (R, count), best first."""

    def add(self, additions: Additions) -> None:
        """Add to single logits."""

    def add_columns(self, rows: Ints, columns: Columns, values: Floats) -> None:
        """Add ``values[i]`` (R,) to the ``columns`` of row ``rows[i]``."""

    def change(self, rows: Ints, ids: Ints, factors: Floats, subtracts: Floats) -> None:
        """``logit = (logit / factor if logit > 0 else logit * factor) - subtract`` for each entry; each pair once."""

    def ban(self, rows: Ints, ids: Ints) -> None:
        """Let single tokens not be drawn."""

    def ban_columns(self, columns: Columns, rows: Ints | None = None) -> None:
        """Let tokens not be drawn in ``rows``; None: in any row."""

    def keep_only(self, row: int, columns: Columns) -> None:
        """Let nothing else be drawn. Where all of these were banned before, they count as equally likely."""

    def keep_allowed(self, rows: Sequence[int], allowed: Bits) -> None:
        """The same for several rows, by a bit for each token; ``allowed`` may be changed afterwards."""

    def force(self, row: int, token: int) -> None:
        """Let nothing else be drawn, whatever was banned before."""

    def distribution(self) -> Distribution:
        """What they amount to; they are not changed afterwards."""
