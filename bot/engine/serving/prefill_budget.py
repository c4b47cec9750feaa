"""How much of a prompt to read in one step, so that running replies are delayed by no more than the set latency."""

from collections.abc import Hashable, Sequence

_FIRST_GUESS = 64  # tokens, before anything is measured
_MIN_TOKENS = 8  # tokens; with fewer, reading would never end
_CAUTION = 0.6  # fraction of the bound to plan for: step times vary
_MEMORY = 0.2  # weight of the newest measurement


class PrefillBudget:
    """Learns the cost of a step, ``base + tokens * each`` seconds, and derives how many tokens fit the bound."""

    def __init__(self, bound: float, largest: int) -> None:
        """``bound`` in seconds; ``largest`` is the most tokens to read in one step, even if no row is writing."""
        self.bound = bound
        self.largest = max(_MIN_TOKENS, largest)
        self._base: dict[int, float] = {}  # seconds of a step that only writes, by the bit length of its row count
        self._each: float | None = None  # seconds for each additional prompt token
        self._tried = _FIRST_GUESS

    def budget(self, writing: int) -> int:
        """Return the number of prompt tokens for the next step, while ``writing`` rows wait for their next token."""
        if not writing:
            return self._within(3 * self.bound)  # no reply is delayed, but a cancellation or a new request may be
        return self._within(self.bound)

    def _within(self, seconds: float) -> int:
        if self._each is None:
            return min(_FIRST_GUESS, self.largest)
        fits = int(_CAUTION * seconds / self._each) if self._each > 0 else self.largest
        return max(_MIN_TOKENS, min(fits, self.largest, 2 * self._tried))

    def observe(self, writing: int, reading: int, seconds: float) -> None:
        """Record that a step with ``writing`` rows and ``reading`` prompt tokens took ``seconds``."""
        magnitude = writing.bit_length()
        if not reading:
            old = self._base.get(magnitude, seconds)
            self._base[magnitude] = old + _MEMORY * (seconds - old)
            return
        self._tried = max(self._tried, reading)
        extra = max(0.0, seconds - self._base.get(magnitude, 0.0)) if writing else seconds
        if reading < _MIN_TOKENS:
            return
        each = extra / reading
        if self._each is None or each > 2 * self._each:
            self._each = each  # much slower than estimated: adapt at once
        else:
            self._each += _MEMORY * (each - self._each)


def shares(remaining: Sequence[int], budget: int, owners: Sequence[Hashable]) -> list[int]:
    """Split ``budget`` tokens over rows with ``remaining`` tokens to read, each belonging to one of ``owners``.

    Owners get equal shares, and what one does not need goes to the others. An owner's own prompts are read one after
    another: the first is done sooner, and the last no later.
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
