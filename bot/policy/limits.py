"""Rate limits per user, channel, guild and network: concurrent replies, messages per minute and per day, tokens.

Checked before anything is allocated. Minutes use a monotonic clock; days use the wall clock.
"""

import time
from collections import Counter, deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, fields

from bot.errors import Busy
from bot.i18n import N_

MINUTE, DAY = 60.0, 86400.0  # seconds
MAX_COUNTERS = 20_000  # users and places tracked; the least recently active is evicted first
FLOOD_FACTOR = 4  # multiplies the limit per minute for commands that need no model

TOO_FAST = {
    "user": N_("Slow down, please: {limit} messages a minute are allowed. Try again in {seconds} s."),
    "channel": N_("This channel is busy: {limit} messages a minute are allowed. Try again in {seconds} s."),
    "guild": N_("This server is busy: {limit} messages a minute are allowed. Try again in {seconds} s."),
    "address": N_(
        "Too many messages from your network: {limit} messages a minute are allowed. Try again in {seconds} s."
    ),
}
USED_UP = {
    "user": N_("You have used today's {limit} messages. Try again in {hours} h."),
    "channel": N_("This channel has used today's {limit} messages. Try again in {hours} h."),
}
TOKENS_USED_UP = {
    "user": N_("You have used today's {limit} tokens. Try again in {hours} h."),
    "channel": N_("This channel has used today's {limit} tokens. Try again in {hours} h."),
}
AT_ONCE = {
    "user": N_("Each person may have {limit} answers at once. Wait for one to finish, or use `+stop`."),
    "address": N_("Each network may have {limit} answers at once. Try again in a moment."),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Limits on messages, concurrent answers and tokens; 0 means none."""

    user_per_minute: int = 20
    user_per_day: int = 0
    user_at_once: int = 16
    user_tokens_per_day: int = 0
    channel_per_minute: int = 60
    channel_per_day: int = 0
    channel_tokens_per_day: int = 0
    guild_per_minute: int = 0
    address_per_minute: int = 120
    address_at_once: int = 32

    def tightened(self, other: Mapping[str, int]) -> "Limits":
        """Return the stricter of each limit: a guild may lower what the owner allows, never raise it."""
        mine = asdict(self)
        both = {name: _stricter(mine[name], int(other.get(name, 0))) for name in mine}
        return Limits(**both)


def _stricter(one: int, other: int) -> int:
    return min(one, other) if one and other else one or other


LIMIT_NAMES = tuple(item.name for item in fields(Limits))


@dataclass(frozen=True, slots=True, kw_only=True)
class Requester:
    """The originator of a request, and its cost."""

    user: str
    channel: str
    guild: str | None = None
    address: str | None = None  # network of the request: one person can pose as many users
    answers: int = 1  # generated at once: three candidates cost as much as three messages
    light: bool = False  # needs no model, so only floods are refused

    def places(self, limits: Limits) -> Iterator[tuple[str, str, int, int]]:
        """Yield (kind, key, per minute, per day) for everything that the request counts against."""
        yield "user", self.user, limits.user_per_minute, limits.user_per_day
        if self.address:
            yield "address", self.address, limits.address_per_minute, 0
        if not self.light:
            yield "channel", self.channel, limits.channel_per_minute, limits.channel_per_day
            if self.guild:
                yield "guild", self.guild, limits.guild_per_minute, 0

    def slots(self, limits: Limits) -> Iterator[tuple[str, int]]:
        """Yield (name, limit) for everything that holds a slot while the reply is queued or running."""
        yield f"user:{self.user}", limits.user_at_once
        if self.address:
            yield f"address:{self.address}", limits.address_at_once


class Window:
    """The times of recent events, and today's number of events."""

    __slots__ = ("day", "times", "today")

    def __init__(self) -> None:
        self.times: deque[float] = deque()
        self.day = 0
        self.today = 0


class RateLimiter:
    """Counts in memory. ``spend`` either counts against every limit or raises and counts against none."""

    def __init__(
        self, clock: Callable[[], float] = time.monotonic, wall_clock: Callable[[], float] = time.time
    ) -> None:
        self._clock = clock
        self._wall_clock = wall_clock
        self._windows: dict[str, Window] = {}
        self._running: Counter[str] = Counter()

    def spend(self, limits: Limits, requester: Requester) -> None:
        """Count a message with its cost. Raises Busy with the limit and the time to wait."""
        self.check(limits, requester)
        self.count(limits, requester)

    def check(self, limits: Limits, requester: Requester) -> None:
        """Raise Busy if a limit is reached. Counts nothing."""
        factor = FLOOD_FACTOR if requester.light else 1
        for kind, key, per_minute, per_day in requester.places(limits):
            window = self._window(_counter(kind, key, requester))
            self._check_minute(kind, window, per_minute * factor)
            if per_day and not requester.light and window.today >= per_day:
                raise Busy(USED_UP[kind], limit=per_day, hours=self._hours_left())

    def count(self, limits: Limits, requester: Requester) -> None:
        """Count a message with its cost, whatever the limits."""
        now = self._clock()
        for kind, key, per_minute, _ in requester.places(limits):
            window = self._window(_counter(kind, key, requester))
            if per_minute:
                window.times.extend([now] * requester.answers)
            window.today += requester.answers

    def learn(self, name: str, ages: Sequence[tuple[float, int]]) -> None:
        """Replace the events of the last minute by those of all processes, each as (seconds ago, number)."""
        now = self._clock()
        times = sorted(now - age for age, number in ages for _ in range(number))
        self._window(name).times = deque(times)

    @contextmanager
    def running(self, limits: Limits, requester: Requester) -> Iterator[None]:
        """Hold the slots of a queued or running reply while the context is open. Raises Busy if there are too many."""
        names = []
        for name, most in requester.slots(limits):
            busy = self._running[name]
            if most and busy and busy + requester.answers > most:
                raise Busy(AT_ONCE[name.partition(":")[0]], limit=most)
            names.append(name)
        for name in names:
            self._running[name] += requester.answers
        try:
            yield
        finally:
            for name in names:
                self._running[name] -= requester.answers
                if self._running[name] <= 0:
                    del self._running[name]

    def held(self, name: str) -> int:
        """Return the slots in use for ``name``, as ``Requester.slots`` has it."""
        return self._running.get(name, 0)

    @property
    def held_names(self) -> list[str]:
        """The names for which slots are in use."""
        return list(self._running)

    def check_tokens(self, kind: str, used: int, limit: int) -> None:
        """Raise Busy if the ``used`` tokens of today reach ``limit``."""
        if limit and used >= limit:
            raise Busy(TOKENS_USED_UP[kind], limit=limit, hours=self._hours_left())

    def _window(self, key: str) -> Window:
        window = self._windows.pop(key, None) or Window()
        self._windows[key] = window  # most recently used last
        if len(self._windows) > MAX_COUNTERS:
            del self._windows[next(iter(self._windows))]
        now, day = self._clock(), int(self._wall_clock() // DAY)
        while window.times and now - window.times[0] >= MINUTE:
            window.times.popleft()
        if day > window.day or day < window.day - 1:  # a clock set back slightly past midnight does not reset the day
            window.day, window.today = day, 0
        return window

    def _check_minute(self, kind: str, window: Window, per_minute: int) -> None:
        if per_minute and len(window.times) >= per_minute:
            wait = MINUTE - (self._clock() - window.times[-per_minute])
            raise Busy(TOO_FAST[kind], limit=per_minute, seconds=max(1, round(wait)))

    def _hours_left(self) -> int:
        return max(1, round((DAY - self._wall_clock() % DAY) / 3600))

    def seed_today(self, kind: str, key: str, count: int) -> None:
        """Set today's count from before this process started."""
        window = self._window(f"{kind}:{key}")
        window.today = max(window.today, count)

    def knows(self, kind: str, key: str) -> bool:
        """Return whether anything was counted for ``key`` since the start."""
        return f"{kind}:{key}" in self._windows


def _counter(kind: str, key: str, requester: Requester) -> str:
    return f"{kind}-light:{key}" if requester.light else f"{kind}:{key}"
