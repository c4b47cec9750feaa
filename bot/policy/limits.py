"""How much one person, one channel, one guild and one network may ask for: at once, by the minute and by the day.

Asked before anything is allocated. Minutes are counted on a clock that nobody can set; only days go by the wall's.
"""

import time
from collections import Counter, deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, fields

from bot.errors import Busy
from bot.i18n import N_

MINUTE, DAY = 60.0, 86400.0  # seconds
MOST_COUNTERS = 20_000  # people and places remembered; the ones that were silent longest go first
FLOOD_FACTOR = 4  # commands that need no model are only kept from flooding

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
    """Messages, answers at once and tokens; 0 is no limit."""

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
        """The stricter of both, limit by limit: a guild may lower what the owner allows, never raise it."""
        mine = asdict(self)
        both = {name: _stricter(mine[name], int(other.get(name, 0))) for name in mine}
        return Limits(**both)


def _stricter(one: int, other: int) -> int:
    return min(one, other) if one and other else one or other


LIMIT_NAMES = tuple(item.name for item in fields(Limits))


@dataclass(frozen=True, slots=True, kw_only=True)
class Spender:
    """Who asks for something, and for how much."""

    user: str
    channel: str
    guild: str | None = None
    address: str | None = None  # the network it came from, where anybody can be as many users as they like
    answers: int = 1  # written at once: three candidates cost as much as three messages
    light: bool = False  # it does not need the model, so only a flood of them is refused

    def places(self, limits: Limits) -> Iterator[tuple[str, str, int, int]]:
        """(kind, key, per minute, per day) of everything that it counts for."""
        yield "user", self.user, limits.user_per_minute, limits.user_per_day
        if self.address:
            yield "address", self.address, limits.address_per_minute, 0
        if not self.light:
            yield "channel", self.channel, limits.channel_per_minute, limits.channel_per_day
            if self.guild:
                yield "guild", self.guild, limits.guild_per_minute, 0


class Window:
    """The times of the last events, and how many there were today."""

    __slots__ = ("day", "times", "today")

    def __init__(self) -> None:
        self.times: deque[float] = deque()
        self.day = 0
        self.today = 0


class RateLimiter:
    """Counts in memory. ``spend`` either counts for everybody concerned or raises and counts for none."""

    def __init__(
        self, clock: Callable[[], float] = time.monotonic, wall_clock: Callable[[], float] = time.time
    ) -> None:
        self._clock = clock
        self._wall_clock = wall_clock
        self._windows: dict[str, Window] = {}
        self._running: Counter[str] = Counter()

    def spend(self, limits: Limits, spender: Spender) -> None:
        """Count one message, or as many as it costs. Raises Busy that tells the limit and the time to wait."""
        light, factor = ("-light", FLOOD_FACTOR) if spender.light else ("", 1)
        checked: list[tuple[Window, int]] = []
        for kind, key, per_minute, per_day in spender.places(limits):
            window = self._window(f"{kind}{light}:{key}")
            self._check_minute(kind, window, per_minute * factor)
            if per_day and not spender.light and window.today >= per_day:
                raise Busy(USED_UP[kind], limit=per_day, hours=self._hours_left())
            checked.append((window, per_minute))
        now = self._clock()
        for window, per_minute in checked:
            if per_minute:
                window.times.extend([now] * spender.answers)
            window.today += spender.answers

    @contextmanager
    def running(self, limits: Limits, spender: Spender) -> Iterator[None]:
        """Hold the places of a reply that waits or is written. Raises Busy when there are too many."""
        held = [("user", spender.user, limits.user_at_once)]
        if spender.address:
            held.append(("address", spender.address, limits.address_at_once))
        for kind, key, most in held:
            busy = self._running[f"{kind}:{key}"]
            if most and busy and busy + spender.answers > most:
                raise Busy(AT_ONCE[kind], limit=most)
        names = [f"{kind}:{key}" for kind, key, _ in held]
        for name in names:
            self._running[name] += spender.answers
        try:
            yield
        finally:
            for name in names:
                self._running[name] -= spender.answers
                if self._running[name] <= 0:
                    del self._running[name]

    def check_tokens(self, kind: str, used: int, limit: int) -> None:
        """Raise Busy when ``used`` tokens of today are all that are allowed."""
        if limit and used >= limit:
            raise Busy(TOKENS_USED_UP[kind], limit=limit, hours=self._hours_left())

    def _window(self, key: str) -> Window:
        window = self._windows.pop(key, None) or Window()
        self._windows[key] = window  # the most recent stands last
        if len(self._windows) > MOST_COUNTERS:
            del self._windows[next(iter(self._windows))]
        now, day = self._clock(), int(self._wall_clock() // DAY)
        while window.times and now - window.times[0] >= MINUTE:
            window.times.popleft()
        if day > window.day or day < window.day - 1:  # set back a little past midnight, the day goes on
            window.day, window.today = day, 0
        return window

    def _check_minute(self, kind: str, window: Window, per_minute: int) -> None:
        if per_minute and len(window.times) >= per_minute:
            wait = MINUTE - (self._clock() - window.times[-per_minute])
            raise Busy(TOO_FAST[kind], limit=per_minute, seconds=max(1, round(wait)))

    def _hours_left(self) -> int:
        return max(1, round((DAY - self._wall_clock() % DAY) / 3600))

    def seed_today(self, kind: str, key: str, count: int) -> None:
        """What was counted today before this program started."""
        window = self._window(f"{kind}:{key}")
        window.today = max(window.today, count)

    def knows(self, kind: str, key: str) -> bool:
        """Whether anything was counted for it since the start."""
        return f"{kind}:{key}" in self._windows
