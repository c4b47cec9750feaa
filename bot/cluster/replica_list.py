"""The live replicas of a cluster: each announces itself at regular intervals."""

import time
from collections.abc import Callable
from dataclasses import dataclass

MOST_REPLICAS = 1000
SILENT_SECONDS = 10.0  # after which a replica is no longer listed


@dataclass(frozen=True, slots=True, kw_only=True)
class Announcement:
    """A replica's address and load."""

    name: str  # unique among all replicas, also those of earlier runs
    url: str
    node: str  # address of its machine
    process: int
    rows_running: int
    rows_limit: int
    queue_length: int


class ReplicaList:
    """The last announcement of each replica. One that falls silent or announces that it is closing is dropped."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._known: dict[str, tuple[float, Announcement]] = {}

    def announce(self, given: Announcement) -> None:
        """Record that a replica is alive. Beyond ``MOST_REPLICAS``, the one heard from least recently is dropped."""
        self._known.pop(given.name, None)
        self._known[given.name] = (self._clock(), given)
        while len(self._known) > MOST_REPLICAS:
            del self._known[next(iter(self._known))]

    def leave(self, name: str) -> None:
        """Drop a replica that is closing."""
        self._known.pop(name, None)

    def alive(self) -> list[Announcement]:
        """Return the replicas heard from recently, by address."""
        since = self._clock() - SILENT_SECONDS
        self._known = {name: known for name, known in self._known.items() if known[0] > since}
        return sorted((given for _, given in self._known.values()), key=lambda each: each.url)
