"""How much of a prompt may be read in one step, so that running replies are delayed by at most the set latency."""

from collections.abc import Hashable, Sequence

_FIRST_GUESS = 64  # tokens, before anything was measured
_LEAST = 8  # tokens; below this, reading would never end
_CAUTION = 0.6  # part of the bound that is planned for: steps vary
_FIRST_COST = 0.12  # steps, before anything was measured
_FEW = 1.6  # a few tokens cost so much more than as many of a long prompt
_MEMORY = 0.2  # weight of the newest measurement


class Pace:
    """Learns what a step costs, ``base + tokens * each`` seconds, and derives the tokens that fit the bound."""

    def __init__(self, bound: float, largest: int) -> None:
        """``bound`` in seconds; ``largest`` is the most tokens to read in one step, whoever waits."""
        self.bound = bound
        self.largest = max(_LEAST, largest)
        self._base: dict[int, float] = {}  # seconds of a step that only writes, by the magnitude of its rows
        self._each: float | None = None  # seconds for each prompt token read besides
        self._tried = _FIRST_GUESS

    def budget(self, writing: int) -> int:
        """Prompt tokens for the next step, while ``writing`` rows wait for their next token."""
        if not writing:
            return self._within(3 * self.bound)  # nobody is held up, but a cancel or a newcomer may be
        return self._within(self.bound)

    def _within(self, seconds: float) -> int:
        if self._each is None:
            return min(_FIRST_GUESS, self.largest)
        fits = int(_CAUTION * seconds / self._each) if self._each > 0 else self.largest
        return max(_LEAST, min(fits, self.largest, 2 * self._tried))

    def cost(self, writing: int) -> float:
        """What one more token costs beside ``writing`` rows, in steps of these rows."""
        base = self._base.get(writing.bit_length())
        return _FIRST_COST if not base or self._each is None else _FEW * self._each / base

    def observe(self, writing: int, reading: int, seconds: float) -> None:
        """A step with ``writing`` rows and ``reading`` prompt tokens took ``seconds``."""
        magnitude = writing.bit_length()
        if not reading:
            old = self._base.get(magnitude, seconds)
            self._base[magnitude] = old + _MEMORY * (seconds - old)
            return
        self._tried = max(self._tried, reading)
        extra = max(0.0, seconds - self._base.get(magnitude, 0.0)) if writing else seconds
        if reading < _LEAST:
            return
        each = extra / reading
        if self._each is None or each > 2 * self._each:
            self._each = each  # much slower than thought: believe it at once
        else:
            self._each += _MEMORY * (each - self._each)


def shares(remaining: Sequence[int], budget: int, owners: Sequence[Hashable]) -> list[int]:
    """Split ``budget`` tokens over rows with ``remaining`` tokens to read, of which each belongs to one of ``owners``.

    The owners get equal parts, and what one leaves goes to others. An owner's own prompts are read one after another:
    the first is done sooner, and the last no later.
    """
    rows: dict[Hashable, list[int]] = {}
    for row, owner in enumerate(owners):
        rows.setdefault(owner, []).append(row)
    parts = [0] * len(remaining)
    totals = [sum(remaining[row] for row in own) for own in rows.values()]
    for own, part in zip(rows.values(), _evenly(totals, budget), strict=True):
        left = part
        for row in own:
            parts[row] = min(remaining[row], left)
            left -= parts[row]
    return parts


def _evenly(remaining: Sequence[int], budget: int) -> list[int]:
    parts = [0] * len(remaining)
    left = min(budget, sum(remaining))
    open_rows = [row for row, tokens in enumerate(remaining) if tokens > 0]
    open_rows.sort(key=lambda row: remaining[row])
    while open_rows and left > 0:
        row = open_rows.pop(0)
        part = min(remaining[row], max(1, left // (len(open_rows) + 1)))
        parts[row] = part
        left -= part
    return parts
