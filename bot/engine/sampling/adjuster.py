"""What may change the logits before a token is drawn."""

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
    """What is known of a row when it begins to write."""

    params: SamplingParams = field(default_factory=SamplingParams)
    context: tuple[int, ...] = ()  # the tokens before its reply
    stop: tuple[str, ...] = ()
    beginning: str = ""  # what the reply has to begin with
    forced: tuple[int, ...] = ()  # its first tokens
    grammar: Grammar | None = None  # that it has to keep


class Adjuster(Protocol):
    """Changes the logits of those rows that asked for it, and remembers what it needs by slot.

    A slot is a number below the sampler's size; it is admitted before, and released after, everything else.
    """

    def admit(self, slot: int, start: RowStart) -> None:
        """A row begins in ``slot``."""

    def apply(self, logits: "Logits", slots: Ints) -> None:
        """Change ``logits`` in place; ``slots`` (B,) says whose they are."""

    def commit(self, slots: Ints, tokens: Ints) -> None:
        """``tokens`` (B,) were drawn for ``slots`` (B,)."""

    def release(self, slot: int) -> None:
        """The row in ``slot`` has ended."""


@runtime_checkable
class ForcingAdjuster(Adjuster, Protocol):
    """One that can leave a row a single token, for several tokens in a row."""

    def forced(self, slot: int) -> Sequence[int] | None:
        """The tokens that come next whatever the logits, all that are known of them.

        Empty: it decides what comes next, and leaves a choice. None: it has no say.
        """
