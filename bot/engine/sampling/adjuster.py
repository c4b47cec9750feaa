"""The interface of everything that changes the logits before a token is drawn."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from bot.engine.types import Grammar, SamplingParams

if TYPE_CHECKING:
    from bot.engine.sampling.logits import Logits

Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class RowStart:
    """What is known about a row when it starts to write."""

    params: SamplingParams = field(default_factory=SamplingParams)
    context: tuple[int, ...] = ()  # the tokens before its reply
    stop: tuple[str, ...] = ()
    forced: tuple[int, ...] = ()  # its first tokens
    grammar: Grammar | None = None  # grammar that the reply must follow


class Adjuster(Protocol):
    """Changes the logits of the rows that request it, and keeps its state by slot.

    A slot is a number below the sampler's size. It is admitted before it is used and released afterwards.
    """

    def admit(self, slot: int, start: RowStart) -> None:
        """Start a row in ``slot``."""

    def apply(self, logits: "Logits", slots: Ints) -> None:
        """Modify ``logits`` in place; ``slots`` (B,) are the slots of its rows."""

    def commit(self, slots: Ints, tokens: Ints) -> None:
        """Record that ``tokens`` (B,) were drawn for ``slots`` (B,)."""

    def release(self, slot: int) -> None:
        """End the row in ``slot``."""


@runtime_checkable
class ForcingAdjuster(Adjuster, Protocol):
    """An adjuster that may leave a row only one possible token, for several tokens in sequence."""

    def forced(self, slot: int) -> Sequence[int] | None:
        """Return all known tokens that must come next whatever the logits.

        Empty if this adjuster constrains the next token but leaves a choice; None if it does not constrain it.
        """


@runtime_checkable
class FailingAdjuster(Adjuster, Protocol):
    """An adjuster that may leave a row no token at all."""

    def failure(self, slot: int) -> Exception | None:
        """Return why the row has no token left, or None."""
