"""What is said and what is read are two things; a composer turns the first into the second.

A composer is pure: the same path and line make the same composition. It may let the reply be drawn in a **fork**: from
a text that holds more than the conversation does (lore, notes, instructions). What is committed is the plain turn and
the reply, read from the parent's state: the fork leaves no trace.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from bot.store.node import Node


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """What somebody says."""

    text: str = ""  # as it is shown: cleaned, with its blank lines
    author: str = ""  # the name on the platform
    named: bool = False  # whether that name is read; otherwise all people have one name


@dataclass(frozen=True, slots=True, kw_only=True)
class Fork:
    """Where a reply is drawn instead: ``pieces`` are read after turn ``start``, and forgotten afterwards."""

    start: Node | None  # a turn of the path, or its last one; None: nothing stands before the pieces
    pieces: tuple[str | tuple[int, ...], ...]  # texts, and tokens that are read as they are; the cue is the end


@dataclass(frozen=True, slots=True, kw_only=True)
class Composition:
    """One turn, composed."""

    line: Line  # as it is shown and stored
    read: str = ""  # after the path: what was said, and the cue for what is written next
    speaker: str = ""  # whose reply is written
    stop: tuple[str, ...] = ()
    fork: Fork | None = None  # None: the reply is drawn right after ``read``


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """A beginning of a conversation."""

    read: str  # may be empty
    greeting: str = ""  # the first line, as it is shown; part of what is read
    speaker: str = ""  # who greets
    user: str = ""  # "platform:id" of whoever's words are in it
    kept: Mapping[str, object] = field(default_factory=dict)  # with the root, so that the same composer is made again


class Composer(Protocol):
    """How one kind of conversation is read. ``path``: the last turns before the one that is composed, oldest first."""

    @property
    def name(self) -> str:
        """The prompt's name."""

    @property
    def sampling(self) -> Mapping[str, object]:
        """SamplingParams' fields by name, laid over the configuration's."""

    def starts(self) -> Sequence[Start]:
        """The beginnings to choose from, at least one; the first is the default."""

    def turn(self, path: Sequence[Node], line: Line) -> Composition:
        """Somebody says ``line`` and is answered."""

    def line(self, path: Sequence[Node], line: Line) -> Composition:
        """Somebody says ``line`` and nobody answers."""

    def cue(self, path: Sequence[Node], line: Line) -> Composition:
        """The author of ``line`` is about to speak: their words are written for them."""

    def more(self, path: Sequence[Node], line: Line) -> Composition:
        """The last reply goes on."""

    def reply(self, text: str) -> str:
        """What is read of a reply in somebody else's words."""

    def shown(self, text: str) -> str:
        """What people see of a reply."""


def is_empty(path: Sequence[Node]) -> bool:
    """Whether nothing has been read before: the first line then begins without a blank one."""
    return not path or (path[-1].parent is None and not path[-1].tokens)
