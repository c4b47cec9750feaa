"""Logits on a device, modified there with torch."""

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from bot.engine.kernels.compiling import why_not
from bot.engine.sampling.candidates import BLOCK, FIRST, Candidates, HostDistribution
from bot.engine.sampling.classifier_free import pairs_of
from bot.engine.sampling.cut_draws import Cuts
from bot.engine.sampling.logits import Additions, Bits, Bools, Columns, Doubles, Floats, Ints


class TensorLogits:
    """Logits as a torch tensor; see :class:`bot.engine.sampling.logits.Logits`."""

    def __init__(self, numbers: Tensor) -> None:
        """``numbers`` (B, V) float32 are modified in place."""
        self.numbers = numbers

    def _here(self, array: NDArray[np.generic]) -> Tensor:
        return torch.from_numpy(array).to(self.numbers.device)

    def _ids(self, columns: Columns) -> Tensor:
        if columns.kept is None or columns.kept.device != self.numbers.device:
            columns.kept = self._here(columns.ids)
        return columns.kept

    @property
    def rows(self) -> int:
        return len(self.numbers)

    def take(self, rows: Sequence[int]) -> "TensorLogits":
        return TensorLogits(self.numbers[torch.tensor(rows, device=self.numbers.device)])

    def guided(self, factors: Sequence[float | None]) -> "TensorLogits":
        starts, places, weights = pairs_of(factors)
        if not places:
            return self
        device = self.numbers.device
        result = self.numbers[torch.tensor(starts, device=device)]
        at = torch.tensor(places, device=device)
        without = self.numbers[torch.tensor([starts[place] + 1 for place in places], device=device)]
        weight = torch.tensor(weights, dtype=result.dtype, device=device)[:, None]
        result[at] = torch.lerp(without, result[at], weight)  # exact at the factors 0 and 1
        return TensorLogits(result)

    def log_probabilities(self, rows: Sequence[int], count: int) -> tuple[Floats, Ints]:
        logs = torch.log_softmax(self.numbers[list(rows)].float(), dim=-1)
        best = torch.topk(logs, min(count, logs.shape[1]), dim=-1)
        return np.asarray(logs.cpu().numpy()), np.asarray(best.indices.cpu().numpy())

    def add(self, additions: Additions) -> None:
        if not additions.kept or additions.kept[0].device != self.numbers.device:
            additions.kept = (self._here(additions.rows), self._here(additions.ids), self._here(additions.values))
        rows, ids, values = additions.kept
        self.numbers[rows, ids] += values

    def add_columns(self, rows: Ints, columns: Columns, values: Floats) -> None:
        self.numbers[self._here(rows)[:, None], self._ids(columns)[None]] += self._here(values)[:, None]

    def change(self, rows: Ints, ids: Ints, factors: Floats, subtracts: Floats) -> None:
        at, factor = (self._here(rows), self._here(ids)), self._here(factors)
        value = self.numbers[at]
        self.numbers[at] = torch.where(value > 0, value / factor, value * factor) - self._here(subtracts)

    def ban(self, rows: Ints, ids: Ints) -> None:
        self.numbers[self._here(rows), self._here(ids)] = -torch.inf

    def ban_columns(self, columns: Columns, rows: Ints | None = None) -> None:
        if rows is None:
            self.numbers[:, self._ids(columns)] = -torch.inf
        else:
            self.numbers[self._here(rows)[:, None], self._ids(columns)[None]] = -torch.inf

    def keep_only(self, row: int, columns: Columns) -> None:
        ids = self._ids(columns)
        kept = self.numbers[row, ids]
        if not bool(torch.isfinite(kept).any()):
            kept = torch.zeros_like(kept)
        self.numbers[row] = -torch.inf
        self.numbers[row, ids] = kept

    def keep_allowed(self, rows: Sequence[int], allowed: Bits) -> None:
        places = torch.tensor(rows, device=self.numbers.device)
        bits = self._here(allowed)[:, :, None] >> torch.arange(32, dtype=torch.int32, device=self.numbers.device)
        mask = (bits & 1).bool().flatten(1)[:, : self.numbers.shape[1]]
        kept = self.numbers[places].masked_fill_(~mask, -torch.inf)
        blocked = ~torch.isfinite(kept).any(dim=1)
        if bool(blocked.any()):
            kept[blocked] = torch.where(mask[blocked], 0.0, -torch.inf)
        self.numbers[places] = kept

    def force(self, row: int, token: int) -> None:
        self.numbers[row] = -torch.inf
        self.numbers[row, token] = 0.0

    def distribution(self) -> "TensorDistribution":
        return TensorDistribution(self.numbers)


def block_maxima(logits: Tensor) -> Tensor:
    """Return the largest logit of each block, (B, ceil(V / 256)); NaN where the block contains one."""
    rows, size = logits.shape
    whole = size // BLOCK * BLOCK
    parts = [logits[:, :whole].view(rows, -1, BLOCK).amax(-1)] if whole else []
    if whole < size:
        parts.append(logits[:, whole:].amax(-1, keepdim=True))
    return parts[0] if len(parts) == 1 else torch.cat(parts, dim=1)


class TensorDistribution:
    """Distribution by torch's own partial sorts and sums; see :class:`bot.engine.sampling.logits.Distribution`."""

    def __init__(self, logits: Tensor) -> None:
        self._logits = logits
        self._peaks = block_maxima(logits).amax(-1).cpu().numpy()

    @property
    def size(self) -> int:
        return int(self._logits.shape[1])

    @property
    def steps(self) -> Sequence[int]:
        """Many: the device sorts quickly, and what it does not settle is copied to the host."""
        return (FIRST, 1024, 8192, self.size) if why_not() else (FIRST, 1024)

    def _of(self, rows: Ints) -> Tensor:
        return self._logits[torch.from_numpy(rows).to(self._logits.device)]

    def failed(self) -> Bools:
        return np.asarray(~np.isfinite(self._peaks))

    def largest(self, rows: Ints) -> Doubles:
        return np.asarray(self._peaks[rows], np.float64)

    def argmax(self, rows: Ints) -> Ints:
        return np.asarray(self._of(rows).argmax(-1).cpu().numpy())

    def top(self, rows: Ints, count: int) -> Candidates:
        count = min(count, self.size)
        part = self._of(rows)
        best = part.topk(count)
        totals = part.logsumexp(-1).double().cpu().numpy()
        return Candidates(best.values.double().cpu().numpy(), best.indices.cpu().numpy(), totals, count == self.size)

    def log_totals(self, rows: Ints, temperatures: Doubles) -> Doubles:
        scaled = self._of(rows).double() / torch.from_numpy(temperatures)[:, None].to(self._logits.device)
        return np.asarray(scaled.logsumexp(-1).cpu().numpy())

    def deviations(self, rows: Ints) -> Doubles:
        part = self._of(rows).double()
        finite = part.isfinite()
        count = finite.sum(-1)
        part = part.masked_fill(~finite, 0.0)
        mean = part.sum(-1) / count
        spread = ((part - mean[:, None]) ** 2).masked_fill(~finite, 0.0).sum(-1) / count
        return np.asarray(spread.sqrt().cpu().numpy())

    def draw(self, rows: Ints, temperatures: Doubles, u: Doubles) -> Ints:
        device = self._logits.device
        part = self._of(rows).double()
        part = (part - part.amax(-1, keepdim=True)) / torch.from_numpy(temperatures)[:, None].to(device)
        sums = part.exp().cumsum(-1)
        target = torch.from_numpy(u)[:, None].to(device) * sums[:, -1:]
        return np.asarray(torch.searchsorted(sums, target, right=True)[:, 0].clamp_max(self.size - 1).cpu().numpy())

    def draw_cut(self, rows: Ints, cuts: Cuts, special: Bools) -> tuple[Ints, Doubles]:
        here = HostDistribution(self._of(rows).float().cpu().numpy())
        return here.draw_cut(np.arange(rows.size), cuts, special)
