"""Replies whose first tokens are given: a text to be scored, not generated."""

from collections.abc import Sequence

from bot.engine.sampling.adjuster import Ints, RowStart
from bot.engine.sampling.logits import Logits


class ForcedTokens:
    """Leaves only the given token to draw."""

    def __init__(self) -> None:
        self._missing: dict[int, list[int]] = {}  # tokens still to be written, the next one last

    def admit(self, slot: int, start: RowStart) -> None:
        self._missing.pop(slot, None)
        if start.forced:
            self._missing[slot] = list(reversed(start.forced))

    def forced(self, slot: int) -> Sequence[int] | None:
        return self._missing[slot][::-1] if slot in self._missing else None

    def apply(self, logits: Logits, slots: Ints) -> None:
        for row, slot in enumerate(slots.tolist() if self._missing else ()):
            if missing := self._missing.get(slot):
                logits.force(row, missing[-1])

    def commit(self, slots: Ints, tokens: Ints) -> None:
        for slot in slots.tolist() if self._missing else ():
            if slot in self._missing:
                self._missing[slot].pop()
                if not self._missing[slot]:
                    del self._missing[slot]

    def release(self, slot: int) -> None:
        self._missing.pop(slot, None)
