"""Guesses at how a reply continues, looked up in the conversation so far: reading them in one pass costs little.

Only tokens that the sampler draws anyway are kept, so the text is identical bit for bit. Wrong guesses may cost a row
only a small part of its time: each pass with a guess is paid from a credit, in steps, which right guesses earn.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

MAX_ROWS = 4  # with more rows the processor is busy without guesses
CONTEXT = 3  # number of tokens that must have occurred before in this order
SHORT_CONTEXT = 2  # the same, once guesses have been right
LOOKED_AT = 4096  # tokens of the prompt, counted from its end
MIN_DRAFT, MAX_DRAFT = 3, 15  # tokens in a guess
ALLOWANCE = 0.02  # steps per token written: what wrong guesses may cost in the long run
FIRST_CREDIT, SHORT_CREDIT, MAX_CREDIT = 0.5, 1.0, 2.0  # steps


@dataclass(slots=True)
class Drafts:
    """The text that one reply guesses from, and the record of its guesses."""

    seen: list[int]
    indexed: int = 0  # number of tokens of `seen` that have been indexed
    places: dict[tuple[int, ...], int] = field(default_factory=dict)  # where the latest text after these tokens begins
    size: int = MIN_DRAFT  # tokens in the next guess
    credit: float = FIRST_CREDIT

    @classmethod
    def after(cls, context: Sequence[int]) -> "Drafts":
        """Create the drafts of a reply to ``context``."""
        return cls(list(context[-LOOKED_AT:]))

    def write(self, token: int) -> None:
        """Record that the reply continues with ``token``."""
        self.seen.append(token)
        self.credit = min(self.credit + ALLOWANCE, MAX_CREDIT)

    def guess(self, cost: float, most: int) -> list[int]:
        """Guess the next tokens, at most ``most``; empty if there is no match or the credit is too small.

        ``cost``: cost of each guessed token, in steps.
        """
        size = min(self.size, most, int(self.credit / cost)) if cost > 0 else min(self.size, most)
        if size < min(MIN_DRAFT, max(most, 1)):
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
        period = len(self.seen) - begin  # a guess that reaches the end of the text wraps around to its own beginning
        return [self.seen[begin + place % period] for place in range(size)]

    def settle(self, guessed: int, right: int, cost: float) -> None:
        """Record that the first ``right`` of ``guessed`` tokens were drawn."""
        self.credit = min(self.credit + right - cost * guessed, MAX_CREDIT)
        self.size = min(2 * self.size, MAX_DRAFT) if right == guessed else max(MIN_DRAFT, right)
