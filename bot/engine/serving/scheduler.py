"""Who is served next, and who gives way: pure decisions about jobs, without a model.

Rows are shared first between services (chat users, API clients), then between the owners of jobs. Some rows are kept
free for owners that have none. Because a state has a constant size, a long reply can be parked at any token to make
room for others and resumed later with identical output.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from bot.engine.serving.fair_shares import RowCounts, Usage, owners
from bot.engine.serving.sequence import Job
from bot.errors import Busy

_START = 64.0  # tokens charged for being admitted at all
_SHARE = 0.5  # fraction of the queue that one owner may fill
_KEPT_FREE = 8  # one row in eight is kept for owners that have none
_TRIES = 4  # users for whom an exchange of rows is tried at each step: all replies wait meanwhile
_SLICE_TOKENS = 64  # tokens a reply may write without a break while an owner without a row is waiting


class Admission(NamedTuple):
    """The job that starts or resumes now, and the jobs parked to make room for it."""

    job: Job
    preempted: Sequence[Job] = ()


class Scheduler:
    """The queue in front of the rows."""

    def __init__(self, queue_limit: int, clock: Callable[[], float] = time.monotonic, *, rows: int = 0) -> None:
        self.queue_limit = queue_limit
        self.usage = Usage(clock)
        self._reserved = rows // _KEPT_FREE
        self._waiting: list[Job] = []

    def __len__(self) -> int:
        return len(self._waiting)

    def __iter__(self) -> Iterator[Job]:
        return iter(tuple(self._waiting))

    def submit(self, job: Job) -> None:
        """Queue ``job``. Raises ``Busy`` with its place in line if the queue, or its owner's share of it, is full."""
        new = [other for other in self._waiting if not other.replies]  # without parked jobs
        if len(new) >= self.queue_limit:
            place = len(new) + 1
            raise Busy(
                "Too many requests are waiting: you would be number {place} in the queue. Try again in a moment.",
                place=place,
            )
        own = max(1, int(self.queue_limit * _SHARE))
        for owner in owners(job):
            mine = [other.rows_needed for other in new if owner in owners(other)]
            if mine and sum(mine) + job.rows_needed > own:
                raise Busy(
                    "You already have {count} requests waiting; the next one is number {place} in the queue. Try "
                    "again in a moment.",
                    count=len(mine),
                    place=self.place(job),
                )
        self._waiting.append(job)

    def requeue(self, job: Job) -> None:
        """Queue a job that has given its rows back."""
        self._waiting.append(job)

    def place(self, job: Job) -> int:
        """Return the place in line that ``job`` has or would have; 1 is next."""
        used = self.usage.of(job)
        return 1 + sum(other is not job and self.usage.of(other) <= used for other in self._waiting)

    def next(self, free_rows: int, running: Sequence[Job] = (), *, parkable: int = 0) -> Admission | None:
        """Take the job whose turn it is; None if none is waiting or the next one needs more rows than can be freed.

        Jobs of the service that holds the fewest rows come first, then those of the owner that holds the fewest, then
        those of the owner with the least recent usage, then the oldest. Small jobs do not overtake a large one, so
        that it gets its turn. Owners that hold rows enough may exchange them: a reply that has had its slice is
        parked for another one. At most ``parkable`` replies can be parked.
        """
        if not self._waiting:
            return None
        held = RowCounts(running)
        tried: set[str] = set()
        for job in sorted(self._waiting, key=lambda one: self._claim(one, held)):
            usable = free_rows if not held.of(job) else free_rows - self._reserved
            if job.rows_needed <= usable:
                return self._admit(job, [])
            candidates = running
            if job.rows_needed <= free_rows:  # its owners have enough, but may exchange what they have
                if job.request.user in tried or len(tried) == _TRIES:
                    continue
                tried.add(job.request.user)
                candidates = [other for other in running if _has_had_its_slice(other)]
            if preempted := self._preempted(job, candidates, held, job.rows_needed - usable, parkable):
                return self._admit(job, preempted)
            if job.rows_needed > free_rows:
                return None
        return None

    def _preempted(self, job: Job, running: Sequence[Job], held: RowCounts, missing: int, parkable: int) -> list[Job]:
        """Return the jobs to park so that ``job`` gets the ``missing`` rows; empty if there are not enough."""
        fair = [other for other in running if other.is_preemptible and _yields_to(other, job, held)]
        fair.sort(key=lambda other: self._claim(other, held), reverse=True)
        return _enough(fair, missing, parkable + _unreleased(job))

    def _claim(self, job: Job, held: RowCounts) -> tuple[int, int, float]:
        """Sort key: a job with a smaller claim is served sooner and gives way later."""
        return held.of_service(job), held.of(job), self.usage.of(job)

    def _admit(self, job: Job, preempted: list[Job]) -> Admission:
        self._waiting.remove(job)
        if not job.replies:
            self.usage.charge(job, _START)
        return Admission(job, preempted)

    def remove(self, job: Job) -> bool:
        """Take ``job`` out of the queue; False if it was not waiting."""
        if job not in self._waiting:
            return False
        self._waiting.remove(job)
        return True


def _enough(fair: Sequence[Job], missing: int, parkable: int) -> list[Job]:
    """The shortest prefix of ``fair`` that holds the ``missing`` rows; empty if all of it does not."""
    chosen: list[Job] = []
    for job in fair:
        if missing <= 0 or _unreleased(job) > parkable:
            break
        chosen.append(job)
        missing -= job.rows_needed
        parkable -= _unreleased(job)
    return chosen if missing <= 0 else []


def _unreleased(job: Job) -> int:
    return sum(not reply.released for reply in job.replies)


def _yields_to(other: Job, job: Job, held: RowCounts) -> bool:
    """Whether to park ``other`` for ``job``: no owner may end up holding more rows than the other one did."""
    if other.request.service != job.request.service:
        return held.of_service(job) + job.rows_needed < held.of_service(other)
    after = held.after(job, other)
    return after < held.of(other) or (after == held.of(other) and _has_had_its_slice(other))


def _has_had_its_slice(job: Job) -> bool:
    return job.slice_tokens >= _SLICE_TOKENS * job.rows_needed
