"""Who a job belongs to, what its owners have used recently, and what they hold now."""

from collections import Counter
from collections.abc import Callable, Iterable

from bot.engine.serving.sequence import Job

Owner = tuple[str, str]  # kind and name

_HALF_LIFE = 30.0  # seconds until half of the recorded usage has decayed
_MAX_OWNERS = 10_000


def owners(job: Job) -> list[Owner]:
    """Return the owners between whom rows and time are shared: a job's address, its user and its channel."""
    request = job.request
    named = (("address", request.address), ("user", request.user), ("channel", request.channel))
    return [owner for owner in named if owner[1]]


class Usage:
    """What each owner has used recently, in tokens; it decays over time."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._used: dict[Owner, tuple[float, float]] = {}  # tokens, and when they were recorded

    def _now(self, owner: Owner) -> float:
        tokens, when = self._used.get(owner, (0.0, 0.0))
        return tokens * 0.5 ** ((self._clock() - when) / _HALF_LIFE) if tokens else 0.0

    def charge(self, job: Job, tokens: float) -> None:
        """Charge ``tokens`` to the job's owners."""
        for owner in owners(job):
            self._used[owner] = (self._now(owner) + tokens, self._clock())
        if len(self._used) > _MAX_OWNERS:
            fresh = sorted(self._used, key=self._now, reverse=True)[: _MAX_OWNERS // 2]
            self._used = {owner: self._used[owner] for owner in fresh}

    def of(self, job: Job) -> float:
        """Return the usage of the job's heaviest owner."""
        return max(map(self._now, owners(job)), default=0.0)


class RowCounts:
    """The number of rows that each owner and service holds."""

    def __init__(self, running: Iterable[Job]) -> None:
        self._owners: Counter[Owner] = Counter()
        self._services: Counter[str] = Counter()
        for job in running:
            self._services[job.request.service] += job.rows_needed
            for owner in owners(job):
                self._owners[owner] += job.rows_needed

    def of(self, job: Job) -> int:
        """Return the largest number of rows held by one of the job's owners."""
        return max((self._owners[owner] for owner in owners(job)), default=0)

    def after(self, job: Job, other: Job) -> int:
        """Return the largest number of rows held by one of the job's owners once it has taken the rows of ``other``.

        Owners that both have, such as an address with many people behind it, hold as many as before. A user's own jobs
        are not exchanged for one another: they come in order.
        """
        same = other.request.user == job.request.user != ""
        shared = [] if same else owners(other)
        new = job.rows_needed
        return max((self._owners[owner] + new * (owner not in shared) for owner in owners(job)), default=new)

    def of_service(self, job: Job) -> int:
        """Return the number of rows held by all jobs of the same service."""
        return self._services[job.request.service]
