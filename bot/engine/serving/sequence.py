"""What the engine keeps of a request: a job is one request, a reply one of its n, a row one slot of the state pool."""

from dataclasses import dataclass, field
from enum import Enum, auto
from typing import NamedTuple

from bot.engine.serving.drafts import Drafts
from bot.engine.serving.stopping import ReplyText, StopStrings
from bot.engine.state import RowState
from bot.engine.types import FinishReason, Request, TokenScore

NO_SLOT = -1
READ_COST = 8  # tokens that are read in the time of one that is written, about


class Base(NamedTuple):
    """A state from which a row can be replayed."""

    fed: int  # tokens of the row's path that it has read
    state: RowState | None  # None: the model's initial state


@dataclass(slots=True, eq=False)
class Row:
    """One slot: its state has read the first ``fed`` tokens of ``path``."""

    slot: int  # NO_SLOT while it is put aside
    path: list[int]
    fed: int
    target: int  # read up to here before anything else can happen
    origin: Base  # where the path began
    base: Base  # the nearest state before the last certain token
    own: RowState | None = None  # memory for snapshots that nobody else sees
    before: RowState | None = None  # the state before a guess was read

    @property
    def remaining(self) -> int:
        """Tokens still to be read before the target."""
        return self.target - self.fed


class Phase(Enum):
    """What a reply is doing."""

    READING = auto()  # its prompt, up to the token before the last
    WRITING = auto()
    SETTLING = auto()  # has ended; its state is being led back to the end of the text


@dataclass(slots=True, eq=False)
class Reply:
    """One reply being written. With guidance ``twin`` is the row without the context."""

    job: "Job"
    index: int  # which of the job's candidates
    seed: int
    row: Row
    twin: Row | None
    text: ReplyText
    sampler_slot: int = NO_SLOT  # its slot in the sampler
    parked: tuple[RowState, ...] | None = None  # the states of its rows while it is put aside
    drafts: Drafts | None = None  # from what it may guess; None: not at all
    charged: int = 0  # of `tokens`, those that its owners have been charged for
    phase: Phase = Phase.READING
    tokens: list[int] = field(default_factory=list)
    texts: list[bytes] = field(default_factory=list)  # the bytes of each of `tokens`
    scores: list[TokenScore] = field(default_factory=list)  # of `tokens`, where they were asked for
    scored: int = 0  # of these, those that were reported
    scored_bytes: int = 0
    certain: int = 0  # tokens whose whole text has been released
    certain_bytes: int = 0
    finish_reason: FinishReason | None = None
    kept: tuple[int, ...] = ()  # the tokens of the final text
    ended: bool = False  # nothing more is written
    released: bool = False  # its slots have been given back

    @property
    def factor(self) -> float | None:
        """How strongly the context guides; None without guidance."""
        guidance = self.job.request.guidance
        return None if guidance is None else guidance.factor

    @property
    def rows(self) -> tuple[Row, ...]:
        """The slots that this reply occupies."""
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
    spare_slots: list[int] = field(default_factory=list)  # kept for the candidates that the first one forks into
    spare_parked: int = 0  # how many of those it gave back when it was put aside
    stint: float = 0.0  # tokens since it started or went on
    started: float = 0.0  # reading began
    written_from: float = 0.0  # writing began
    tokens_read: int = 0
    finished: int = 0  # candidates that have ended
    closed: bool = False  # nothing more will be reported

    @property
    def rows_needed(self) -> int:
        """Slots that it occupies, or will when it starts or goes on."""
        if not self.replies:
            return self.request.n * (2 if self.request.guidance is not None else 1)
        written = sum(len(reply.rows) for reply in self.replies if not reply.released)
        return written + len(self.spare_slots) + self.spare_parked

    @property
    def can_be_put_aside(self) -> bool:
        """Whether none of its replies is just ending."""
        return bool(self.replies) and all(reply.phase is not Phase.SETTLING or reply.released for reply in self.replies)
