"""What stays the same while the same rows run: their parameters, and which rows are drawn alike."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Doubles = NDArray[np.float64]
Bools = NDArray[np.bool_]


@dataclass(slots=True)
class DrawPlan:
    """The batch rows, grouped by what they need."""

    slots: Ints
    values: dict[str, Doubles]
    top_k: Ints
    greedy: Ints
    plain: Ints
    cut: Ints  # with a cut that keeps the most likely tokens
    whole: Ints  # only with other cuts
    mirostat: Ints
    prefix: Bools  # (B,) whether one of the cuts keeps the most likely tokens
    used: frozenset[str]  # parameters that at least one row uses
    _of_cut: dict[str, Doubles] = field(default_factory=dict)

    def of(self, rows: Ints) -> dict[str, Doubles]:
        """Return the parameters of the batch rows ``rows``, each (R,)."""
        if rows is not self.cut:
            return {name: column[rows] for name, column in self.values.items()}
        if not self._of_cut:
            self._of_cut = {name: column[rows] for name, column in self.values.items()}
        return self._of_cut


def make_plan(slots: Ints, values: Mapping[str, Doubles], whole: Mapping[str, Ints]) -> DrawPlan:
    """Group the rows in ``slots``; ``values`` and ``whole`` are the parameters of all slots, by name."""
    top_k = whole["top_k"][slots]
    own = {name: column[slots] for name, column in values.items()}
    greedy = (own["temperature"] <= 0.0) | ((top_k == 1) & (own["typical_p"] >= 1.0))
    own["temperature"] = np.where(greedy, 1.0, own["temperature"])
    mirostat = ~greedy & (whole["mirostat_mode"][slots] == 2)
    prefix = (own["top_p"] < 1.0) | (top_k > 0) | (own["min_p"] > 0.0) | (own["top_n_sigma"] > 0.0)
    other = (own["typical_p"] < 1.0) | (own["xtc_probability"] > 0.0)
    used = {"min_p", "top_n_sigma", "xtc_probability"} & {name for name, column in own.items() if column.any()}
    if (own["typical_p"] < 1.0).any():
        used.add("typical_p")
    drawn = ~greedy & ~mirostat
    return DrawPlan(
        slots=slots,
        values=own,
        top_k=top_k,
        greedy=np.flatnonzero(greedy),
        plain=np.flatnonzero(drawn & ~prefix & ~other),
        cut=np.flatnonzero(drawn & prefix),
        whole=np.flatnonzero(drawn & ~prefix & other),
        mirostat=np.flatnonzero(mirostat),
        prefix=prefix,
        used=frozenset(used),
    )
