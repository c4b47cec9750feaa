"""The contents of a remote state's handle: its name on the replicas, and how to restore it if it is missing."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Union

from bot.engine.types import StateHandle

Rebuild = Callable[[], Awaitable[StateHandle]]
HANDLE_BYTES = 400  # size of a handle and its contents, without tokens or data
TOKEN_BYTES = 8


@dataclass(slots=True, eq=False)
class NamedState:
    """A state that its owner can rebuild."""

    name: str
    channel: str
    rebuild: Rebuild


@dataclass(slots=True, eq=False)
class SentState:
    """A state that was sent to a replica as bytes."""

    name: str
    data: bytes
    tuned: str = ""  # suffix of the tuned-state file; "": an exported state
    channel: str = ""


@dataclass(slots=True, eq=False)
class ReadState:
    """The state after a reply: that of ``before`` advanced by ``tokens`` except the last one."""

    name: str
    channel: str
    before: Union["StateHandle", None]
    tokens: tuple[int, ...]
    url: str = ""  # of the replica that has it; "": that of its channel


RemoteState = NamedState | SentState | ReadState


def handle_of(state: RemoteState) -> StateHandle:
    """Wrap ``state`` in a handle. Its size is the memory used here: the state itself is on a replica."""
    nbytes = HANDLE_BYTES
    if isinstance(state, ReadState):
        nbytes += TOKEN_BYTES * len(state.tokens)
    elif isinstance(state, SentState):
        nbytes += len(state.data)
    return StateHandle(state, nbytes)


def state_of(handle: StateHandle) -> RemoteState:
    """Return the contents of ``handle``. Raises ``TypeError`` if it belongs to another engine."""
    state = handle._state
    if not isinstance(state, RemoteState):
        raise TypeError("the state handle belongs to another engine")
    return state


def lineage(state: ReadState) -> tuple[StateHandle | None, tuple[int, ...]]:
    """Return the nearest ancestor that is not a reply's state, and all tokens since; the last one is not read."""
    pieces = [state.tokens]
    before = state.before
    while before is not None and isinstance(above := state_of(before), ReadState):
        pieces.append(above.tokens[:-1])
        before = above.before
    return before, tuple(token for piece in reversed(pieces) for token in piece)
