"""The interface of one step's logits, independent of the device they are on."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

from bot.engine.sampling.candidates import Candidates
from bot.engine.sampling.cut_draws import Cuts

if TYPE_CHECKING:
    import torch

Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]
Bools = NDArray[np.bool_]
Bits = NDArray[np.int32]  # (R, ceil(V / 32)), the lowest bit is the first token
Ints = NDArray[np.int64]


@dataclass(slots=True, eq=False)
class Columns:
    """Distinct token ids that are used at every step; the copy on the device is cached."""

    ids: Ints
    kept: "torch.Tensor | None" = None


@dataclass(slots=True, eq=False)
class Additions:
    """Values added to individual logits, at distinct pairs of row and id; the copy on the device is cached."""

    rows: Ints
    ids: Ints
    values: Floats
    kept: "tuple[torch.Tensor, ...]" = field(default=())


class Distribution(Protocol):
    """Queries on the final logits. ``rows`` are (R,) rows of the batch."""

    @property
    def size(self) -> int:
        """Number of tokens in the vocabulary."""

    @property
    def steps(self) -> Sequence[int]:
        """How many candidates are worth examining, one number after another, before :meth:`draw_cut`."""

    def failed(self) -> Bools:
        """Rows without a usable logit: a NaN, +inf, or nothing but -inf; (B,)."""

    def largest(self, rows: Ints) -> Doubles:
        """Return the largest logit of each row, (R,)."""

    def argmax(self, rows: Ints) -> Ints:
        """Return the most likely token of each row; ties go to the smallest id."""

    def top(self, rows: Ints, count: int) -> Candidates:
        """Return the ``count`` most likely tokens of each row."""

    def log_totals(self, rows: Ints, temperatures: Doubles) -> Doubles:
        """Log of the sum of exp(logits / temperature) over the vocabulary, (R,)."""

    def deviations(self, rows: Ints) -> Doubles:
        """Standard deviation of each row's finite logits, (R,)."""

    def draw(self, rows: Ints, temperatures: Doubles, u: Doubles) -> Ints:
        """Draw a token from the whole vocabulary for each row, selected by ``u`` (R,) in [0, 1)."""

    def draw_cut(self, rows: Ints, cuts: Cuts, special: Bools) -> tuple[Ints, Doubles]:
        """Draw a token from what the cuts keep of each row.

        XTC never excludes a ``special`` token (V,). Returns the tokens and their probabilities among those kept, (R,).
        """


class Logits(Protocol):
    """Logits (B, V) float32, modified in place."""

    @property
    def rows(self) -> int:
        """B."""

    def take(self, rows: Sequence[int]) -> "Logits":
        """Return a copy of these rows, in this order."""

    def guided(self, factors: Sequence[float | None]) -> "Logits":
        """Combine rows with and without a context; see :mod:`.classifier_free`."""

    def log_probabilities(self, rows: Sequence[int], count: int) -> tuple[Floats, Ints]:
        """Return the log-probabilities (R, V), and the ``count`` most likely ids (R, count), best first."""

    def add(self, additions: Additions) -> None:
        """Add to individual logits."""

    def add_columns(self, rows: Ints, columns: Columns, values: Floats) -> None:
        """Add ``values[i]`` (R,) to the ``columns`` of row ``rows[i]``."""

    def change(self, rows: Ints, ids: Ints, factors: Floats, subtracts: Floats) -> None:
        """``logit = (logit / factor if logit > 0 else logit * factor) - subtract`` for each entry; no pair twice."""

    def ban(self, rows: Ints, ids: Ints) -> None:
        """Ban individual tokens."""

    def ban_columns(self, columns: Columns, rows: Ints | None = None) -> None:
        """Ban ``columns`` in ``rows``; None means every row."""

    def keep_only(self, row: int, columns: Columns) -> None:
        """Ban all other tokens. If all of ``columns`` were banned before, they become equally likely."""

    def keep_allowed(self, rows: Sequence[int], allowed: Bits) -> None:
        """Do the same for several rows, with one bit per token; ``allowed`` may be reused afterwards."""

    def force(self, row: int, token: int) -> None:
        """Ban all other tokens and allow this one, whatever was banned before."""

    def distribution(self) -> Distribution:
        """Return the distribution of the final logits, which must not change afterwards."""
