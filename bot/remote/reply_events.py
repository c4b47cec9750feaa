"""Pieces of a reply and errors in transit: one JSON object per event."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from bot import errors
from bot.engine.types import Chunk, EngineError, FinishReason, StateHandle, Stats, TokenScore
from bot.errors import UserError

ERRORS: Mapping[str, type[UserError]] = {
    kind.__name__: kind
    for kind in (
        errors.NotAllowed, errors.NotFound, errors.InvalidOption, errors.Busy, errors.ConfigError, errors.ModelError,
        UserError,
    )
}  # fmt: skip


class StateMissing(Exception):  # noqa: N818  # not an error: a replica may drop any state
    """The replica does not have the state of that name."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


class Unavailable(Exception):  # noqa: N818  # not an error: another replica serves the request
    """This replica does not serve the request: it is closing, or runs another model. The message says why."""


class ReplicaLost(Exception):  # noqa: N818  # not an error of this program
    """A replica has died, is unreachable, or sends invalid answers."""


class Payload(BaseModel):
    """The base of what a replica sends."""

    model_config = ConfigDict(frozen=True)


class StatePayload(Payload):
    """A state that is kept by the replica."""

    name: str
    nbytes: int


class ChunkPayload(Payload):
    """A chunk; the last one of its candidate has an ``end``."""

    index: int = 0
    text: str = ""
    end: FinishReason | None = None
    tokens: tuple[int, ...] = ()
    scores: tuple[tuple[int, str, float, tuple[tuple[int, str, float], ...]], ...] = ()
    state: StatePayload | None = None
    stats: Stats | None = None

    def chunk(self, state: StateHandle | None) -> Chunk:
        """Convert to the engine's chunk, with a handle of its state."""
        return Chunk(
            text=self.text, index=self.index, finish_reason=self.end, tokens=self.tokens, state=state,
            stats=self.stats,
            scores=tuple(
                TokenScore(token=token, data=bytes.fromhex(data), logprob=logprob,
                           top=tuple((each, bytes.fromhex(text), value) for each, text, value in top))
                for token, data, logprob, top in self.scores
            ),
        )  # fmt: skip


class ErrorPayload(Payload):
    """Why there is no reply."""

    kind: str
    message: Annotated[str, Field(max_length=4000)]
    values: Mapping[str, str | int | float | bool | None] = {}

    def error(self) -> Exception:
        """Return the same exception on this side."""
        if self.kind == StateMissing.__name__:
            return StateMissing(self.message)
        if self.kind == Unavailable.__name__:
            return ReplicaLost(self.message)
        if self.kind in ERRORS:
            return ERRORS[self.kind](self.message, **self.values)
        return EngineError(self.message)


class EventPayload(Payload):
    """An event of a reply's stream."""

    piece: ChunkPayload | None = None
    error: ErrorPayload | None = None


def read_event(data: bytes) -> ChunkPayload:
    """Parse a piece of a reply. Raises the error in the event, or ``ReplicaLost`` if the event is invalid."""
    try:
        event = EventPayload.model_validate_json(data)
    except ValidationError as error:
        raise ReplicaLost(f"it sent something else than a reply: {error.error_count()} errors") from error
    if event.error is not None:
        raise event.error.error()
    if event.piece is None:
        raise ReplicaLost("it sent an empty event")
    return event.piece


def chunk_payload(chunk: Chunk, state: str | None) -> dict[str, object]:
    """Convert ``chunk`` for transport; its state stays here, under the name ``state``."""
    form: dict[str, object] = {"text": chunk.text}
    if chunk.index:
        form["index"] = chunk.index
    if chunk.scores:
        form["scores"] = [
            (each.token, each.data.hex(), each.logprob, [(token, data.hex(), value) for token, data, value in each.top])
            for each in chunk.scores
        ]
    if chunk.finish_reason is not None:
        form |= {"end": chunk.finish_reason, "tokens": chunk.tokens}
        if chunk.stats is not None:
            form["stats"] = asdict(chunk.stats)
        if chunk.state is not None and state is not None:
            form["state"] = {"name": state, "nbytes": chunk.state.nbytes}
    return {"piece": form}


def error_payload(error: Exception) -> dict[str, object]:
    """Convert ``error`` for transport."""
    kind = "EngineError"
    message, values = str(error), dict[str, object]()
    if isinstance(error, StateMissing):
        kind, message = StateMissing.__name__, error.name
    elif isinstance(error, Unavailable):
        kind = Unavailable.__name__
    elif isinstance(error, UserError):
        known = (each.__name__ for each in type(error).__mro__ if each.__name__ in ERRORS)
        kind, message = next(known, UserError.__name__), error.message
        values = {name: _plain(value) for name, value in error.values.items()}
    elif not isinstance(error, EngineError):
        message = "the engine has failed"  # details of an unexpected error only go to this machine's log
    return {"error": {"kind": kind, "message": message[:4000], "values": values}}


def _plain(value: object) -> object:
    return value if isinstance(value, str | int | float | bool) or value is None else str(value)
