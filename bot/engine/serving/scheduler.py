"""Who is served next: pure decisions about jobs, without a model."""

import time
from collections.abc import Callable, Iterator

from bot.engine.serving.sequence import Job
from bot.errors import Busy

_HALF_LIFE = 30.0  # seconds after which half of what somebody used is forgotten
_START = 64.0  # tokens charged for being admitted at all
_SHARE = 0.5  # of the queue that one channel or one user may fill


class Usage:
    """What each channel and each user has used lately, in tokens; it fades with time."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._used: dict[tuple[str, str], tuple[float, float]] = {}  # (kind, name) -> (tokens, when)

    def _now(self, key: tuple[str, str]) -> float:
        tokens, when = self._used.get(key, (0.0, 0.0))
        return tokens * 0.5 ** ((self._clock() - when) / _HALF_LIFE) if tokens else 0.0

    def charge(self, job: Job, tokens: float) -> None:
        """Count ``tokens`` against the job's channel and user."""
        for key in _owners(job):
            self._used[key] = (self._now(key) + tokens, self._clock())
        if len(self._used) > 10_000:
            self._used = {key: self._used[key] for key in self._used if self._now(key) > 1.0}

    def of(self, job: Job) -> float:
        """The larger of what its channel and its user have used."""
        return max((self._now(key) for key in _owners(job)), default=0.0)


def _owners(job: Job) -> list[tuple[str, str]]:
    owners = [("channel", job.request.channel), ("user", job.request.user)]
    return [owner for owner in owners if owner[1]]


class Scheduler:
    """The queue in front of the rows. Whoever used least lately comes first; equals come in the order of arrival."""

    def __init__(self, queue_limit: int, clock: Callable[[], float] = time.monotonic) -> None:
        self.queue_limit = queue_limit
        self.usage = Usage(clock)
        self._waiting: list[Job] = []

    def __len__(self) -> int:
        return len(self._waiting)

    def __iter__(self) -> Iterator[Job]:
        return iter(tuple(self._waiting))

    def submit(self, job: Job) -> None:
        """Let ``job`` wait. Raises ``Busy`` with its place in line when the queue or its owner's share is full."""
        if len(self._waiting) >= self.queue_limit:
            place = len(self._waiting) + 1
            raise Busy("Too many are waiting: you would be number {place} in line. Try again in a moment.", place=place)
        own = max(1, int(self.queue_limit * _SHARE))
        for owner in _owners(job):
            mine = sum(owner in _owners(other) for other in self._waiting)
            if mine >= own:
                raise Busy(
                    "You already have {count} requests waiting, the next one being number {place} in line. "
                    "Try again in a moment.",
                    count=mine,
                    place=self.place(job),
                )
        self._waiting.append(job)

    def place(self, job: Job) -> int:
        """The place in line that ``job`` has or would have; 1 is next."""
        used = self.usage.of(job)
        return 1 + sum(other is not job and self.usage.of(other) <= used for other in self._waiting)

    def next(self, free_rows: int) -> Job | None:
        """Take the job that starts now; None if nobody waits or the first in line needs more rows than are free.

        A large job is not overtaken by small ones, so that it gets its turn.
        """
        if not self._waiting:
            return None
        job = min(self._waiting, key=self.usage.of)  # of equals the first: the list is in order of arrival
        if job.rows_needed > free_rows:
            return None
        self._waiting.remove(job)
        self.usage.charge(job, _START)
        return job

    def remove(self, job: Job) -> bool:
        """Take ``job`` out of the queue; False if it was not waiting."""
        if job not in self._waiting:
            return False
        self._waiting.remove(job)
        return True
