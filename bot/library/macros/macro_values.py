"""What macros stand for, what they became, and the bounds of both."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

MOST_OUTPUT = 200_000  # characters that macros may add to one text; further ones stay as they are written
MOST_VALUE = 20_000  # characters of what one macro becomes
MOST_VARIABLES = 100
VARIABLE_LENGTH = 2_000
NAME_LENGTH = 64


@dataclass(frozen=True, slots=True)
class Resolved:
    """A macro that chance or the clock decided, as it was written, and what it became."""

    macro: str
    became: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MacroValues:
    """All that a text's macros may ask for. ``texts``: further macros by their names in lower case."""

    char: str
    user: str
    texts: Mapping[str, str] = field(default_factory=dict)
    variables: Mapping[str, str] = field(default_factory=dict)
    now: datetime | None = None  # None: macros of the clock stay as they are written
    seed: str = ""  # of the chat: {{pick}} chooses by it
    recorded: Sequence[Resolved] = ()  # what an earlier expansion of the same text became: it is repeated


@dataclass(frozen=True, slots=True)
class Expanded:
    """A text whose macros are resolved."""

    text: str
    record: tuple[Resolved, ...] = ()
    hidden_keys: tuple[str, ...] = ()  # what only a lorebook's recursion sees
    variables: Mapping[str, str] = field(default_factory=dict)
