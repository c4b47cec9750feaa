"""Inputs and results of macro expansion, with their limits."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

MAX_OUTPUT_LENGTH = 200_000  # characters that macros may add to one text; later macros stay as written
MAX_VALUE_LENGTH = 20_000  # characters per macro
MAX_VARIABLES = 100
VARIABLE_LENGTH = 2_000
NAME_LENGTH = 64


@dataclass(frozen=True, slots=True)
class ResolvedMacro:
    """A random or clock macro as written, and what it became."""

    macro: str
    became: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MacroValues:
    """The values available to macros. ``texts`` holds further macros by lower-case name."""

    char: str
    user: str
    texts: Mapping[str, str] = field(default_factory=dict)
    variables: Mapping[str, str] = field(default_factory=dict)
    now: datetime | None = None  # None: clock macros stay as written
    seed: str = ""  # of the chat; determines {{pick}}
    recorded: Sequence[ResolvedMacro] = ()  # results of an earlier expansion of the same text, to be repeated


@dataclass(frozen=True, slots=True)
class ExpansionResult:
    """A text with its macros expanded."""

    text: str
    record: tuple[ResolvedMacro, ...] = ()
    hidden_keys: tuple[str, ...] = ()  # visible only to lorebook recursion
    variables: Mapping[str, str] = field(default_factory=dict)
