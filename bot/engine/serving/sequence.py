"""The engine's records of a request: a job is one request, a reply one of its n, a row one slot of the state pool."""

from dataclasses import dataclass, field
from enum import Enum, auto
from typing import NamedTuple

from bot.engine.serving.drafts import Drafts
from bot.engine.serving.stopping import ReplyText, StopStrings
from bot.engine.state import RowState
from bot.engine.types import FinishReason, Request, TokenScore

NO_SLOT = -1
READ_COST = 8  # approximate number of tokens read in the time it takes to write one


class Checkpoint(NamedTuple):
    """A state from which a row can be replayed."""

    fed: int  # number of tokens of the row's path it has read
    state: RowState | None  # None: the model's initial state


@dataclass(slots=True, eq=False)
class Row:
    """One slot: its state has read the first ``fed`` tokens of ``path``."""

    slot: int  # NO_SLOT while parked
    path: list[int]
    fed: int
    target: int  # read up to here before anything else
    origin: Checkpoint  # where the path began
    checkpoint: Checkpoint  # the nearest state before the last final token
    own: RowState | None = None  # memory for snapshots, shared with no other row
    before: RowState | None = None  # the state before a guess was read

    @property
    def remaining(self) -> int:
        """Number of tokens left to read before the target."""
        return self.target - self.fed


class Phase(Enum):
    """What a reply is currently doing."""

    READING = auto()  # its prompt, up to the token before the last
    WRITING = auto()
    SETTLING = auto()  # ended; its state is being brought back to the end of the text


@dataclass(slots=True, eq=False)
class Reply:
    """One reply. With guidance, ``twin`` is the row without the context."""

    job: "Job"
    index: int  # index among the job's candidates
    seed: int
    row: Row
    twin: Row | None
    text: ReplyText
    sampler_slot: int = NO_SLOT
    parked: tuple[RowState, ...] | None = None  # states of its rows while it is parked
    drafts: Drafts | None = None  # source of its guesses; None if it does not guess
    charged: int = 0  # number of `tokens` already charged to its owners
    phase: Phase = Phase.READING
    tokens: list[int] = field(default_factory=list)
    texts: list[bytes] = field(default_factory=list)  # the bytes of each of `tokens`
    scores: list[TokenScore] = field(default_factory=list)  # scores of `tokens`, if requested
    scored: int = 0  # number of `scores` already reported
    scored_bytes: int = 0
    certain: int = 0  # number of tokens whose whole text has been emitted
    certain_bytes: int = 0
    finish_reason: FinishReason | None = None
    kept: tuple[int, ...] = ()  # the tokens of the final text
    ended: bool = False  # nothing more will be written
    released: bool = False  # its slots have been given back

    @property
    def factor(self) -> float | None:
        """The guidance strength; None without guidance."""
        guidance = self.job.request.guidance
        return None if guidance is None else guidance.factor

    @property
    def rows(self) -> tuple[Row, ...]:
        """The rows that this reply occupies."""
        return (self.row,) if self.twin is None else (self.row, self.twin)


@dataclass(slots=True, eq=False)
class Job:
    """One accepted request."""

    request: Request
    seed: int
    accepted: float  # seconds, monotonic
    deadline: float | None
    stops: StopStrings
    replies: list[Reply] = field(default_factory=list)
    spare_slots: list[int] = field(default_factory=list)  # reserved for the candidates forked from the first one
    spare_parked: int = 0  # number of spare slots given back when it was parked
    slice_tokens: float = 0.0  # tokens since it started or resumed
    started: float = 0.0  # when reading began
    written_from: float = 0.0  # when writing began
    tokens_read: int = 0
    finished: int = 0  # number of candidates that have ended
    closed: bool = False  # nothing more will be reported

    @property
    def rows_needed(self) -> int:
        """Number of rows the job occupies, or will occupy when it starts or resumes."""
        if not self.replies:
            return self.request.n * (2 if self.request.guidance is not None else 1)
        written = sum(len(reply.rows) for reply in self.replies if not reply.released)
        return written + len(self.spare_slots) + self.spare_parked

    @property
    def is_preemptible(self) -> bool:
        """Whether the job has started and none of its replies is settling."""
        return bool(self.replies) and all(reply.phase is not Phase.SETTLING or reply.released for reply in self.replies)
