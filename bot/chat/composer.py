"""Composers turn what people say into what the model reads.

A composer is pure: the same path and line give the same composition. It may have the reply generated in a **fork**,
from a text that contains more than the conversation does (lore, notes, instructions). Only the plain turn and the
reply are committed, read from the parent's state: the fork leaves no trace.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from bot.store.node import Node

RECENT_TURNS = 32  # turns that a composer sees


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """What a person says."""

    text: str = ""  # as shown: cleaned, with its blank lines
    author: str = ""  # name on the platform
    named: bool = False  # whether the model reads that name; otherwise everyone shares one label


@dataclass(frozen=True, slots=True, kw_only=True)
class Fork:
    """A temporary context for a reply: ``pieces`` are read after turn ``start`` and then discarded."""

    start: Node | None  # a turn of the path; None: the pieces are read from scratch
    pieces: tuple[str | tuple[int, ...], ...]  # texts, or tokens to be read as they are; the cue comes last


@dataclass(frozen=True, slots=True, kw_only=True)
class Composition:
    """A composed turn."""

    line: Line  # as shown and stored
    read: str = ""  # text after the path: the line, and the cue for what is written next
    speaker: str = ""  # whose reply is written
    stop: tuple[str, ...] = ()
    fork: Fork | None = None  # None: the reply is generated right after ``read``


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversationStart:
    """A way to start a conversation."""

    read: str  # may be empty
    greeting: str = ""  # the first line, as shown; part of ``read``
    speaker: str = ""  # who says the greeting
    user: str = ""  # "platform:id" of the person whose words it contains
    kept: Mapping[str, object] = field(default_factory=dict)  # stored with the root, to recreate the same composer


class Composer(Protocol):
    """How one kind of conversation is composed. ``path``: the last turns before the composed one, oldest first."""

    @property
    def name(self) -> str:
        """The prompt's name."""

    @property
    def sampling(self) -> Mapping[str, object]:
        """Fields of SamplingParams by name; they override the configuration."""

    def starts(self) -> Sequence[ConversationStart]:
        """Return the possible starts, at least one; the first is the default."""

    def turn(self, path: Sequence[Node], line: Line) -> Composition:
        """Compose ``line`` and the cue for its reply."""

    def line(self, path: Sequence[Node], line: Line) -> Composition:
        """Compose ``line`` without a reply."""

    def cue(self, path: Sequence[Node], line: Line) -> Composition:
        """Compose the cue for the author of ``line``, whose next line the model writes."""

    def more(self, path: Sequence[Node], line: Line) -> Composition:
        """Compose the continuation of the last reply."""

    def reply(self, text: str) -> str:
        """Return a reply that was not written by the model, as it is read."""

    def shown(self, text: str) -> str:
        """Return a reply as people see it."""


def is_empty(path: Sequence[Node]) -> bool:
    """Whether nothing has been read before, so that the first line needs no blank line in front."""
    return not path or (path[-1].parent is None and not path[-1].tokens)
