"""What a handle of a remote state holds: its name at the replicas, and how to make it again where it is missing."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Union

from bot.engine.types import StateHandle

Rebuild = Callable[[], Awaitable[StateHandle]]
HANDLE_BYTES = 400  # of a handle and what it holds, without tokens or data
TOKEN_BYTES = 8


@dataclass(slots=True, eq=False)
class NamedState:
    """A state that its owner can make again."""

    name: str
    channel: str
    rebuild: Rebuild


@dataclass(slots=True, eq=False)
class SentState:
    """A state that was given to a replica as bytes."""

    name: str
    data: bytes
    tuned: str = ""  # suffix of the tuned state's file; "": an exported state
    channel: str = ""


@dataclass(slots=True, eq=False)
class ReadState:
    """The state that a reply has left: that of ``before``, and then ``tokens`` but for the last one."""

    name: str
    channel: str
    before: Union["StateHandle", None]
    tokens: tuple[int, ...]


RemoteState = NamedState | SentState | ReadState


def handle_of(state: RemoteState) -> StateHandle:
    """A handle for the engine's protocol. It weighs what it takes here: the state lies elsewhere."""
    nbytes = HANDLE_BYTES
    if isinstance(state, ReadState):
        nbytes += TOKEN_BYTES * len(state.tokens)
    elif isinstance(state, SentState):
        nbytes += len(state.data)
    return StateHandle(state, nbytes)


def state_of(handle: StateHandle) -> RemoteState:
    """What ``handle`` holds. Raises TypeError for another engine's."""
    state = handle._state
    if not isinstance(state, RemoteState):
        raise TypeError("the state handle belongs to another engine")
    return state


def lineage(state: ReadState) -> tuple[StateHandle | None, tuple[int, ...]]:
    """The nearest state before it that is not a reply's, and all tokens since, the last of which is not read."""
    pieces = [state.tokens]
    before = state.before
    while before is not None and isinstance(above := state_of(before), ReadState):
        pieces.append(above.tokens[:-1])
        before = above.before
    return before, tuple(token for piece in reversed(pieces) for token in piece)
