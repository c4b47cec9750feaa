"""Guesses at what a reply goes on with, looked up in what has been said: read in one pass, they cost little.

Only what the sampler draws anyway is kept, so the text is the same to the bit. A row may lose a small part of its time
by wrong guesses and no more: each pass with a guess is paid from a credit, in steps, that right guesses earn.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

MOST_ROWS = 4  # more rows keep the processor busy without guesses
CONTEXT = 3  # tokens that have occurred before in this order,
SHORT_CONTEXT = 2  # or fewer, where guesses have been right
LOOKED_AT = 4096  # tokens of the prompt, counted from its end
LEAST, MOST = 3, 15  # tokens of a guess
ALLOWANCE = 0.02  # steps for each token written: what wrong guesses may cost in the long run
FIRST_CREDIT, SHORT_CREDIT, MOST_CREDIT = 0.5, 1.0, 2.0  # steps


@dataclass(slots=True)
class Drafts:
    """What one reply has to guess from, and how its guesses have turned out."""

    seen: list[int]
    indexed: int = 0  # tokens of `seen` whose places are known
    places: dict[tuple[int, ...], int] = field(default_factory=dict)  # where what followed these tokens last began
    size: int = LEAST  # of the next guess
    credit: float = FIRST_CREDIT

    @classmethod
    def after(cls, context: Sequence[int]) -> "Drafts":
        """For a reply to these tokens."""
        return cls(list(context[-LOOKED_AT:]))

    def write(self, token: int) -> None:
        """The reply has gone on with ``token``."""
        self.seen.append(token)
        self.credit = min(self.credit + ALLOWANCE, MOST_CREDIT)

    def guess(self, cost: float, most: int) -> list[int]:
        """The next tokens, at most ``most``; empty where nothing is known, or the credit does not allow it.

        ``cost``: of each token of a guess, in steps.
        """
        size = min(self.size, most)
        if size <= 0 or cost * size > self.credit:
            return []
        for place in range(max(self.indexed, CONTEXT), len(self.seen)):  # not the end: nothing follows it yet
            for count in (CONTEXT, SHORT_CONTEXT):
                self.places[tuple(self.seen[place - count : place])] = place
        self.indexed = max(self.indexed, len(self.seen))
        begin = self.places.get(tuple(self.seen[-CONTEXT:]))
        if begin is None and self.credit >= SHORT_CREDIT:
            begin = self.places.get(tuple(self.seen[-SHORT_CONTEXT:]))
        if begin is None:
            return []
        period = len(self.seen) - begin  # where the guess runs into its own beginning, it goes round
        return [self.seen[begin + place % period] for place in range(size)]

    def settle(self, guessed: int, right: int, cost: float) -> None:
        """Of a guess of ``guessed`` tokens the first ``right`` were drawn."""
        self.credit = min(self.credit + right - cost * guessed, MOST_CREDIT)
        self.size = min(2 * self.size, MOST) if right == guessed else max(LEAST, right)
